import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ReplicaOrder } from './replica.ts';

export type ReplicaMessage =
  | { readonly what: 'ready' }
  | { readonly what: 'started' | 'ended'; readonly job: number; readonly atMs: number };

export interface KillableReplica {
  start(): void;
  /** SIGKILL; resolves when it has gone and nothing more is heard of it. */
  kill(): Promise<void>;
}

/** A replica in a process of its own; resolves when it waits for its start. */
export async function openKillableReplica(
  order: ReplicaOrder,
  hear: (what: 'started' | 'ended', job: number, atMs: number) => void,
): Promise<KillableReplica> {
  const script = fileURLToPath(new URL('./replica-process.ts', import.meta.url));
  const child = fork(script, [JSON.stringify(order)], { execArgv: ['--conditions=development'] });
  const gone = once(child, 'close');
  const ready = Promise.withResolvers<void>();
  child.on('message', (message: ReplicaMessage) => {
    if (message.what === 'ready') ready.resolve();
    else hear(message.what, message.job, message.atMs);
  });
  const early = gone.then(() => {
    throw new Error('the process of a replica ended before it was ready');
  });
  early.catch(() => {});
  await Promise.race([ready.promise, early]);
  return {
    start: () => child.send('start'),
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
