import type { Redis } from 'ioredis';
import type { ClaimedHash } from './claimed-job.ts';
import { renewLocks } from './verbs/renew.ts';

/** Locks renewed in one call. */
const RENEW_CHUNK = 500;

export interface Locks {
  hold(jobs: readonly ClaimedHash[]): void;
  release(job: ClaimedHash): void;
  start(): void;
  stop(): void;
}

/**
 * One renewal loop for all jobs of a replica, every third of the lock's duration: a renewal may fail
 * once, and the next one is still in time.
 *
 * A lock can be lost because the event loop stood still for longer than the lock, or Redis was away; the
 * job may then be running elsewhere, so its signal aborts.
 */
export function createLocks(
  redis: Redis,
  lockMs: number,
  onLost: (job: ClaimedHash) => void,
  onError: (error: Error) => void,
): Locks {
  const jobs = new Set<ClaimedHash>();
  let timer: NodeJS.Timeout | undefined;

  async function renewShard(shard: number, held: readonly ClaimedHash[]): Promise<void> {
    for (let from = 0; from < held.length; from += RENEW_CHUNK) {
      const renewal = await renewLocks(redis, shard, lockMs, held.slice(from, from + RENEW_CHUNK));
      for (const job of renewal.cancelled) job.cancel();
      for (const job of renewal.lost) {
        // A job that was settled while this call was under way has no lock any more, and needs none.
        if (!jobs.delete(job)) continue;
        job.loseLock();
        onLost(job);
      }
    }
  }

  async function renew(): Promise<void> {
    const byShard = Map.groupBy(jobs, (job) => job.shard);
    await Promise.all([...byShard].map(([shard, held]) => renewShard(shard, held)));
  }

  function schedule(): void {
    timer = setTimeout(async () => {
      try {
        if (jobs.size > 0) await renew();
      } catch (error) {
        onError(error as Error);
      }
      if (timer) schedule();
    }, lockMs / 3);
  }

  return {
    hold(claimed) {
      for (const job of claimed) jobs.add(job);
    },
    release(job) {
      jobs.delete(job);
    },
    start: schedule,
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
