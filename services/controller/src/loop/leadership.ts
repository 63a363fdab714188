/**
 * Who decides: one controller at a time holds the lease, and each that takes it over raises its epoch.
 *
 * It is renewed three times within its time, by a clock that only goes forward. Whether it still is ours when something
 * is written, neither this process nor its clocks can know; so every write carries the epoch, and is refused.
 */
import type { Fence, Leases } from '@fairlead/ledger';

export const LEASE = 'controller';

export interface LeadershipParts {
  readonly leases: Pick<Leases, 'acquire' | 'release'>;
  /** Unique in the cluster. */
  readonly holder: string;
  readonly leaseMs: number;
  /** Milliseconds that only go forward. */
  readonly clock: () => number;
}

export interface Leadership {
  /**
   * Takes the lease or renews it, when it is time. Undefined: somebody else leads. While Postgres is away nobody can
   * tell, and it rejects.
   */
  ensure(): Promise<Fence | undefined>;
  /** It was found out that somebody else leads. */
  lost(): void;
  /** Gives it up, so that the next one need not wait for its end. */
  release(): Promise<void>;
}

const RENEWALS = 3;

export function createLeadership({ leases, holder, leaseMs, clock }: LeadershipParts): Leadership {
  let held: Fence | undefined;
  let renewAtMs = Number.NEGATIVE_INFINITY;
  let underWay: Promise<Fence | undefined> | undefined;

  async function acquire(): Promise<Fence | undefined> {
    const askedAtMs = clock();
    const lease = await leases.acquire(LEASE, holder, leaseMs);
    held = lease.outcome === 'held' ? lease.fence : undefined;
    renewAtMs = askedAtMs + leaseMs / RENEWALS;
    return held;
  }

  return {
    async ensure() {
      if (held !== undefined && clock() < renewAtMs) return held;
      underWay ??= acquire().finally(() => {
        underWay = undefined;
      });
      return underWay;
    },
    lost() {
      held = undefined;
    },
    async release() {
      if (held !== undefined) await leases.release(held).catch(() => false);
      held = undefined;
    },
  };
}
