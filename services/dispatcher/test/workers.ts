import { createConsumer, PermanentError } from '@fairlead/consumer';
import { afterEach } from '@jest/globals';
import { z } from 'zod';
import type { DispatcherRig } from './use-dispatcher.ts';

export interface Worker {
  /** Jobs of the workspace that succeeded, and those that died. */
  done(workspace: string): number;
  dead(workspace: string): number;
  /** Nothing runs here now. */
  isIdle(): boolean;
}

/** Consumers for the jobs `work` and `die`; they end with their test. */
export function useWorkers(rig: DispatcherRig): { start(): Promise<Worker> } {
  const started: { drain(withinMs: number): Promise<unknown> }[] = [];
  afterEach(async () => {
    for (const consumer of started.splice(0)) await consumer.drain(2_000);
  });
  return {
    async start() {
      const done = new Map<string, number>();
      const dead = new Map<string, number>();
      let running = 0;
      const count = (where: Map<string, number>, name: string) => where.set(name, (where.get(name) ?? 0) + 1);
      const consumer = createConsumer({
        redis: { url: rig.servers.redis.url },
        ledger: rig.dispatcher.ledger,
        handlers: {
          work: {
            input: z.unknown(),
            async run({ workspace }) {
              running++;
              await new Promise((resolve) => setImmediate(resolve));
              running--;
              count(done, workspace);
            },
          },
          die: {
            input: z.unknown(),
            run({ workspace }) {
              count(dead, workspace);
              throw new PermanentError('as it should');
            },
          },
        },
      });
      started.push(consumer);
      await consumer.start();
      return {
        done: (workspace) => done.get(workspace) ?? 0,
        dead: (workspace) => dead.get(workspace) ?? 0,
        isIdle: () => running === 0,
      };
    },
  };
}
