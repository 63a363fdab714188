/** Decisions and rollouts leave Postgres when they are past their retention; what is still decided by stays. */
import type { Loop } from '@fairlead/http';
import type { Decisions, Rollouts } from '@fairlead/ledger';
import type { Complaints } from './complaints.ts';
import { createLoop } from './every.ts';

export interface RetentionParts {
  readonly decisions: Pick<Decisions, 'prune'>;
  readonly rollouts: Pick<Rollouts, 'prune'>;
  readonly retentionMs: number;
  readonly isLeader: () => boolean;
  readonly complaints: Complaints;
  readonly logger: { info(fields: object, message: string): void };
}

const EVERY_MS = 60_000;
/** Some milliseconds of work for Postgres. */
const BATCH = 1_000;

export function createRetention(parts: RetentionParts): Loop {
  const { decisions, rollouts, retentionMs, isLeader, complaints, logger } = parts;

  /** Batch by batch, for as long as this process leads; answers how many. */
  async function pruneAll({ prune }: Pick<Decisions, 'prune'>): Promise<number> {
    let gone = 0;
    for (let rows = BATCH; rows === BATCH && isLeader(); gone += rows) rows = await prune(retentionMs, BATCH);
    return gone;
  }

  async function prune(): Promise<void> {
    const gone = { rollouts: await pruneAll(rollouts), decisions: await pruneAll(decisions) };
    if (gone.rollouts + gone.decisions > 0) logger.info(gone, 'what is past its retention has left Postgres');
  }

  return createLoop(async () => {
    if (isLeader()) await complaints.unlessFailing('old decisions are deleted', prune());
  }, EVERY_MS);
}
