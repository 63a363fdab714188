import type { RedisHandle } from './connection.ts';
import { type RecoverOptions, recoverStalled } from './verbs/recover.ts';
import { type SweepOptions, sweepIntervalMs, sweepShard } from './verbs/sweep.ts';

export interface MaintenanceOptions extends RecoverOptions, SweepOptions {
  readonly onError: (error: Error) => void;
}

export interface Maintenance {
  start(): void;
  stop(): void;
}

const AFTER_ERROR_MS = 1_000;
/** When another replica has the round, ask a little after it ends, and not all at once. */
const SPREAD_MS = 150;

/**
 * The two loops that every replica offers and one at a time does: recovering stalled jobs, and sweeping
 * for work that came in unannounced. Both are taken by a key with an expiry, so a holder that dies
 * blocks nobody for longer than that.
 */
export function createMaintenance(redis: RedisHandle, options: MaintenanceOptions): Maintenance {
  let stopped = true;
  const timers = new Set<NodeJS.Timeout>();

  /** Runs `round` for ever, first after `firstMs`; it answers the milliseconds to the next. */
  function loop(round: () => Promise<number>, firstMs: number): void {
    async function turn(): Promise<void> {
      const waitMs = await round().catch((error: unknown) => {
        options.onError(error as Error);
        return AFTER_ERROR_MS;
      });
      schedule(waitMs + Math.random() * SPREAD_MS);
    }
    function schedule(waitMs: number): void {
      if (stopped) return;
      const timer = setTimeout(() => {
        timers.delete(timer);
        void turn();
      }, waitMs);
      timers.add(timer);
    }
    schedule(firstMs);
  }

  return {
    start() {
      stopped = false;
      const sweepsApartMs = sweepIntervalMs(options.shards) / options.shards;
      for (let shard = 0; shard < options.shards; shard++) {
        loop(() => recoverStalled(redis, shard, options), 0);
        loop(() => sweepShard(redis, shard, options), shard * sweepsApartMs);
      }
    },
    stop() {
      stopped = true;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
