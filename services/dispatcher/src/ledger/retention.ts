/**
 * Retention: what has been finished for long leaves the ledger, in batches, so that no statement holds many rows.
 *
 * Jobs, windows and runs go after the retention time. Effects stay three times as long: a dead letter may be
 * redriven as long as it is there, and must still find which of its effects were taken.
 */
import type { Loop } from '@fairlead/http';
import type { Ledger } from '@fairlead/ledger';
import { createLeasedLoop, type LeasedLoopParts } from './leased-loop.ts';

type Pruned = 'jobs' | 'effects' | 'windows' | 'functionRuns';

export interface RetentionParts extends Pick<LeasedLoopParts, 'leases' | 'holder' | 'logger'> {
  readonly records: { readonly [K in Pruned]: Pick<Ledger[K], 'prune'> };
  readonly retentionMs: number;
  readonly everyMs?: number;
  readonly batch?: number;
}

const EVERY_MS = 60_000;
/** Longer than four batches take on a slow day. */
const LEASE_MS = 120_000;
/** Some milliseconds of work for Postgres, and few enough row locks that others notice none. */
const BATCH = 1_000;
/** How many retention times each kind is kept. */
const KEPT: Readonly<Record<Pruned, number>> = { jobs: 1, effects: 3, windows: 1, functionRuns: 1 };

export function createRetention(parts: RetentionParts): Loop {
  const { leases, holder, logger, records, retentionMs, everyMs = EVERY_MS, batch = BATCH } = parts;

  async function round(): Promise<'again' | 'wait'> {
    const gone: Partial<Record<Pruned, number>> = {};
    for (const [kind, times] of Object.entries(KEPT) as [Pruned, number][]) {
      const rows = await records[kind].prune(retentionMs * times, batch);
      if (rows > 0) gone[kind] = rows;
    }
    const counts = Object.values(gone);
    if (counts.length > 0) logger.info(gone, 'what is past its retention has left the ledger');
    return counts.some((rows) => rows === batch) ? 'again' : 'wait';
  }

  return createLeasedLoop({
    leases,
    holder,
    logger,
    everyMs,
    round,
    lease: 'retention',
    leaseMs: LEASE_MS,
    what: 'retention',
  });
}
