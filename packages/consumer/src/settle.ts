/** Tells Redis what became of a claimed job. */
import type { AttemptOutcome } from './attempt.ts';
import { backoffMs } from './backoff.ts';
import type { ClaimedJob, Claimer, SettleOutcome } from './claimer-port.ts';
import type { Ending } from './ending.ts';
import type { FinishOutcome } from './events.ts';
import { readableError } from './limits.ts';

/** What is to be recorded. */
export type Verdict = AttemptOutcome;

export interface SettleTools {
  readonly claimer: Claimer;
  readonly random: () => number;
  /** The end of the replica's connections. */
  readonly closing: Ending;
  readonly warn: (message: string, fields: Readonly<Record<string, unknown>>) => void;
}

/** About 15 seconds of trying, longer than a lock: after that the job is no longer ours anyway. */
const MAX_TRIES = 12;

/**
 * Settles a job and tries again while Redis answers with errors; trying again is harmless, since a second finish
 * finds the lock gone and changes nothing. Never rejects: what cannot be recorded is `abandoned`.
 */
export async function settle(job: ClaimedJob, verdict: Verdict, tools: SettleTools): Promise<FinishOutcome> {
  for (let tries = 1; ; tries++) {
    try {
      return finishOutcome(verdict, await call(tools.claimer, job, verdict));
    } catch (thrown) {
      if (tools.closing.ended()) return 'abandoned';
      const { workspace, id, type } = job;
      const error = readableError(thrown);
      tools.warn('a job could not be settled', { workspace, id, type, tries, error: error.message });
      if (tries >= MAX_TRIES) return 'abandoned';
      await tools.closing.pause(backoffMs(tries, tools.random));
    }
  }
}

function call(claimer: Claimer, job: ClaimedJob, verdict: Verdict): Promise<SettleOutcome> {
  // A cancelled job is not tried again. One that was finished all the same has its result: that is kept.
  if (job.cancelled && verdict.outcome !== 'completed') return claimer.discard(job);
  switch (verdict.outcome) {
    case 'completed':
      return claimer.complete(job, verdict.result);
    case 'failed':
      return claimer.fail(job, verdict.error, {
        retry: verdict.retry,
        leastDelayMs: verdict.leastDelayMs ?? 0,
      });
    case 'postponed':
      return claimer.postpone(job, verdict.delayMs, verdict.mark);
    case 'interrupted':
      return claimer.postpone(job, 0);
  }
}

function finishOutcome(verdict: Verdict, answer: SettleOutcome): FinishOutcome {
  switch (answer.outcome) {
    case 'late':
    case 'lost_lock':
    case 'gone':
      return answer.outcome;
    case 'dead':
      return 'dead';
    case 'settled':
      return verdict.outcome === 'completed' ? 'completed' : 'cancelled';
    case 'retrying':
      if (verdict.outcome === 'interrupted') return 'put_back';
      return verdict.outcome === 'postponed' ? 'postponed' : 'retrying';
  }
}
