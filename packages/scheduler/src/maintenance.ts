import type { Redis } from 'ioredis';
import { routingKey, shardPrefix } from './keys.ts';
import { callScript } from './scripts.ts';

export interface MaintenanceOptions {
  readonly shards: number;
  readonly replicaId: string;
  readonly stallIntervalMs: number;
  readonly maxStalledCount: number;
  readonly onStalled: (workspace: string, jobIds: readonly string[]) => void;
  readonly onError: (error: Error) => void;
}

export interface Maintenance {
  start(): void;
  stop(): void;
}

const SWEEP_INTERVAL_MS = 1_000;
const SWEEP_WORKSPACES = 1_000;
const RECOVER_WORKSPACES = 200;
/** How long a corrupt queue is left alone before it is tried again. */
const QUARANTINE_MS = 60_000;

/**
 * The two loops that every replica offers and one at a time does: recovering stalled jobs, and sweeping
 * for work that came in unannounced. Both are taken by a key with an expiry, so a holder that dies
 * blocks nobody for longer than that.
 */
export function createMaintenance(redis: Redis, options: MaintenanceOptions): Maintenance {
  const shards = Array.from({ length: options.shards }, (_, shard) => shard);
  let stopped = true;
  const timers = new Set<NodeJS.Timeout>();

  /** Runs `round` for ever; it answers how long to wait before the next. */
  function loop(round: () => Promise<number>, afterErrorMs: number): void {
    const next = (delayMs: number) => {
      if (stopped) return;
      const timer = setTimeout(async () => {
        timers.delete(timer);
        try {
          next(await round());
        } catch (error) {
          options.onError(error as Error);
          next(afterErrorMs);
        }
      }, delayMs);
      timers.add(timer);
    };
    next(0);
  }

  async function recover(shard: number): Promise<number> {
    let after = '';
    for (;;) {
      const answer = (await callScript(redis, 'recover', routingKey(shard), [
        shardPrefix(shard),
        options.stallIntervalMs,
        options.maxStalledCount,
        after,
        RECOVER_WORKSPACES,
      ])) as [0, number] | [1, string, (string | string[])[]];
      // Another replica has this round. A little after it ends somebody takes the next: if it is us, fine.
      if (answer[0] === 0) return Math.max(50, answer[1]) + Math.random() * 100;
      const [, next, stalled] = answer;
      for (let i = 0; i + 1 < stalled.length; i += 2) {
        options.onStalled(stalled[i] as string, stalled[i + 1] as string[]);
      }
      if (next === '') return options.stallIntervalMs;
      after = next;
    }
  }

  async function sweep(shard: number): Promise<number> {
    const answer = (await callScript(redis, 'sweep', routingKey(shard), [
      shardPrefix(shard),
      options.replicaId,
      SWEEP_WORKSPACES,
      QUARANTINE_MS,
    ])) as [0, number] | [1, number, number];
    return answer[0] === 0 ? Math.max(50, answer[1]) + Math.random() * 100 : SWEEP_INTERVAL_MS;
  }

  return {
    start() {
      stopped = false;
      for (const shard of shards) {
        loop(() => recover(shard), options.stallIntervalMs / 2);
        loop(() => sweep(shard), SWEEP_INTERVAL_MS);
      }
    },
    stop() {
      stopped = true;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
