/**
 * A claimer whose jobs a ledger remembers: Redis decides when a job runs, the ledger that it must.
 *
 *     claim ──▶ screen: verdicts (one read) ─┬─ run ─────▶ the caller
 *                                            └─ finished, cancelled, unknown ──▶ taken out of Redis unrun
 *
 *     complete ─▶ ledger.finish (batched) ─┬─ ours is recorded ─▶ out of Redis: the ledger has it now
 *                                          └─ late ─────────────▶ out of Redis, counted
 *
 *     fail ─┬─ will be retried ─▶ BullMQ's retry ─▶ ledger.attemptFailed (batched)
 *           └─ for good ────────▶ ledger.finish ──▶ BullMQ's dead letter, which Bull Board shows
 *
 * The order is what keeps the promise. The outcome is in the ledger before Redis forgets the job: a replica
 * that dies in between leaves a job that stalls, is claimed again, and is found finished by the read. A
 * retry is in Redis before the ledger hears of it: a replica that dies in between has forgotten to count one
 * attempt, and nothing else.
 *
 * Jobs that no ledger has (added with the stock library) go through untouched, and are counted.
 */
import { createBatcher } from '@fairlead/scheduler';
import type { BareClaimer, ClaimedJob, Claimer, SettleOutcome } from './claimer-port.ts';
import type { JobLedger, LedgerFailure, LedgerFinish } from './job-ledger.ts';

export interface LedgeredClaimerParts {
  readonly claimer: BareClaimer;
  readonly ledger: JobLedger;
  readonly nowMs: () => number;
  /** Called with the number of jobs that were taken out of Redis unrun. */
  readonly onTidied: (jobs: number) => void;
  /** Called with the number of jobs of a claim that no ledger has. */
  readonly onForeign: (jobs: number) => void;
  readonly warn: (message: string, fields: Readonly<Record<string, unknown>>) => void;
}

/** Rows of one statement. All that came while a commit was under way shares the next one. */
const BATCH = 512;
/** While the ledger is away, claimed jobs go back for this long. */
const LEDGER_AWAY_MS = 1_000;

export function createLedgeredClaimer(parts: LedgeredClaimerParts): Claimer {
  const { claimer, ledger, nowMs, onTidied, onForeign, warn } = parts;
  /** Jobs whose outcome is recorded and that Redis could not be told of yet: a repeated call is not late. */
  const recorded = new WeakSet<ClaimedJob>();

  const finishOne = createBatcher<LedgerFinish, boolean>(BATCH, async (finishes) => {
    const ours = await ledger.finish(finishes);
    return finishes.map(({ id }) => ours.has(id));
  });
  const noteFailure = createBatcher<LedgerFailure, void>(BATCH, async (failures) => {
    await ledger.attemptFailed(failures);
    return failures.map(() => undefined);
  });

  async function record(
    job: ClaimedJob,
    end: Pick<LedgerFinish, 'outcome' | 'resultJson' | 'error'>,
  ): Promise<boolean> {
    if (recorded.has(job)) return true;
    const ours = await finishOne({
      ...end,
      id: job.id,
      attempts: job.attempt,
      startedAtMs: job.claimedAtMs,
      finishedAtMs: nowMs(),
    });
    if (ours) recorded.add(job);
    return ours;
  }

  async function mayRun(jobs: readonly ClaimedJob[]): Promise<readonly ClaimedJob[]> {
    const ids = jobs.flatMap((job) => (job.recorded ? job.id : []));
    if (ids.length < jobs.length) onForeign(jobs.length - ids.length);
    if (ids.length === 0) return jobs;
    const verdicts = await ledger.verdicts(ids).catch(async (error: unknown) => {
      // Running them unasked could run what is finished; holding them would starve other replicas.
      await Promise.allSettled(jobs.map((job) => claimer.postpone(job, LEDGER_AWAY_MS)));
      throw error;
    });
    const [run, rest] = partition(jobs, (job) => !job.recorded || verdicts.get(job.id) === 'run');
    if (rest.length > 0) {
      onTidied(rest.length);
      for (const job of rest) {
        claimer.discard(job).catch((error: unknown) => {
          warn('a finished job could not be taken out of Redis; its lock will expire', {
            error: String(error),
          });
        });
      }
    }
    return run;
  }

  return {
    ...claimer,

    screen: mayRun,

    async complete(job, result): Promise<SettleOutcome> {
      if (!job.recorded) return claimer.complete(job, result);
      const ours = await record(job, { outcome: 'succeeded', resultJson: JSON.stringify(result) ?? 'null' });
      await claimer.discard(job);
      return { outcome: ours ? 'settled' : 'late' };
    },

    async fail(job, error, options): Promise<SettleOutcome> {
      if (!job.recorded) return claimer.fail(job, error, options);
      if (options.retry && job.attempt < job.maxAttempts) {
        const outcome = await claimer.fail(job, error, options);
        if (outcome.outcome === 'retrying') {
          const failure = {
            id: job.id,
            attempts: job.attempt,
            error: error.message,
            runAtMs: nowMs() + outcome.delayMs,
          };
          await noteFailure(failure).catch((thrown: unknown) => {
            warn('a failed attempt could not be noted in the ledger', { id: job.id, error: String(thrown) });
          });
        }
        return outcome;
      }
      const ours = await record(job, { outcome: 'dead', error: error.message });
      if (ours) return claimer.fail(job, error, { retry: false });
      await claimer.discard(job);
      return { outcome: 'late' };
    },
  };
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  const yes: T[] = [];
  const no: T[] = [];
  for (const item of items) (test(item) ? yes : no).push(item);
  return [yes, no];
}
