/** Decisions leave Postgres when they are past their retention; the last of each subject stays. */
import type { Decisions } from '@fairlead/ledger';
import type { Complaints } from './complaints.ts';
import { createLoop, type Loop } from './every.ts';

export interface RetentionParts {
  readonly decisions: Pick<Decisions, 'prune'>;
  readonly retentionMs: number;
  readonly isLeader: () => boolean;
  readonly complaints: Complaints;
  readonly logger: { info(fields: object, message: string): void };
}

const EVERY_MS = 60_000;
/** Some milliseconds of work for Postgres. */
const BATCH = 1_000;

export function createRetention(parts: RetentionParts): Loop {
  const { decisions, retentionMs, isLeader, complaints, logger } = parts;

  async function prune(): Promise<void> {
    let gone = 0;
    for (let rows = BATCH; rows === BATCH && isLeader(); gone += rows) {
      rows = await decisions.prune(retentionMs, BATCH);
    }
    if (gone > 0) logger.info({ decisions: gone }, 'what is past its retention has left Postgres');
  }

  return createLoop(async () => {
    if (isLeader()) await complaints.unlessFailing('old decisions are deleted', prune());
  }, EVERY_MS);
}
