/** A loop that only one dispatcher of the cluster runs at a time: whoever holds its lease. */
import type { Loop } from '@fairlead/http';
import type { Fence, Leases } from '@fairlead/ledger';
import { createLoop, type LoopParts } from '../loop.ts';

export interface LeasedLoopParts extends Omit<LoopParts, 'round'> {
  readonly leases: Leases;
  readonly lease: string;
  readonly leaseMs: number;
  /** Unique in the cluster. */
  readonly holder: string;
  /**
   * Begins with a fresh lease, and should end before that does; what it writes carries the fence. `nowMs` is the
   * time of the ledger, which all dispatchers share.
   */
  readonly round: (fence: Fence, nowMs: number) => Promise<'again' | 'wait'>;
}

/** Stopping gives the lease up, so that another dispatcher need not wait for its end. */
export function createLeasedLoop(parts: LeasedLoopParts): Loop {
  const { leases, lease: name, leaseMs, holder, round, ...rest } = parts;
  let held: Fence | undefined;

  const loop = createLoop({
    ...rest,
    async round() {
      const lease = await leases.acquire(name, holder, leaseMs);
      held = lease.outcome === 'held' ? lease.fence : undefined;
      return held === undefined ? 'wait' : round(held, Number(lease.expiresAt) - leaseMs);
    },
  });
  return {
    start: loop.start,
    async stop() {
      await loop.stop();
      if (held !== undefined) await leases.release(held).catch(() => false);
    },
  };
}
