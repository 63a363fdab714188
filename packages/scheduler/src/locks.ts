import type { ClaimedHash } from './claimed-job.ts';
import type { RedisHandle } from './connection.ts';
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
  redis: RedisHandle,
  lockMs: number,
  onLost: (job: ClaimedHash) => void,
  onError: (error: Error) => void,
): Locks {
  const jobs = new Set<ClaimedHash>();
  /** Shards whose renewal is under way. */
  const renewing = new Set<number>();
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

  /** Shards are apart: the locks of one must not wait for the server of another. */
  function renew(): void {
    for (const [shard, held] of Map.groupBy(jobs, (job) => job.shard)) {
      if (renewing.has(shard)) continue;
      renewing.add(shard);
      void renewShard(shard, held)
        .catch(onError)
        .finally(() => renewing.delete(shard));
    }
  }

  return {
    hold(claimed) {
      for (const job of claimed) jobs.add(job);
    },
    release(job) {
      jobs.delete(job);
    },
    start() {
      timer ??= setInterval(renew, lockMs / 3);
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
    },
  };
}
