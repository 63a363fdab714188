/**
 * The jobs that this replica has in its hands: from the claim, through an attempt, until Redis knows what became of
 * them. Counting them is the whole of its state; see replica.ts for when more are asked for.
 */
import { type Attempt, type AttemptTools, startAttempt } from './attempt.ts';
import type { ClaimedJob, Claimer } from './claimer-port.ts';
import type { Clock } from './clock.ts';
import type { EffectLedger } from './effect-ledger.ts';
import type { Ending } from './ending.ts';
import type { ConsumerEvent, FailureReason, FinishOutcome } from './events.ts';
import type { Handler } from './handlers.ts';
import type { JobTraces, ProcessSpan } from './job-traces.ts';
import type { ReplicaOptions } from './options.ts';
import type { QuietWarn } from './quiet-log.ts';
import { settle, type Verdict } from './settle.ts';
import { decideUnknownType } from './unknown-type.ts';

export interface InFlight {
  /** Runs the job, or settles it at once when there is nothing to run. */
  begin(job: ClaimedJob): void;
  /** Puts the job back unrun; it counts no attempt. */
  refuse(job: ClaimedJob): void;
  /** Handlers whose code is not over, and the suspect that waits for the replica to be its own. */
  running(): number;
  /** Whether a suspect runs or waits: nothing else may be claimed. */
  reserved(): boolean;
  /** Runs the suspect that waits, if nothing else is in our hands. Not while jobs are being claimed or screened. */
  runSuspect(): void;
  /** Of those, handlers whose attempt is decided. */
  overdue(): number;
  /** Decided jobs that Redis is being told of. */
  settling(): number;
  claimed(): number;
  finished(): Record<FinishOutcome, number>;
  /** Puts the waiting suspect back, for a drain. */
  putBackWaiting(): void;
  /** Aborts the signals of the undecided attempts, for a drain. */
  interrupt(): void;
  /** Decides the undecided attempts: they go back. */
  giveUp(): void;
}

export interface InFlightParts {
  readonly claimer: Claimer;
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly options: ReplicaOptions;
  /** Name of the field in which a job remembers since when nobody knew its type. */
  readonly unknownSinceField: string;
  readonly clock: Clock;
  readonly effects?: EffectLedger | undefined;
  readonly random: () => number;
  readonly closing: Ending;
  /** Undefined when nothing is traced. */
  readonly traces?: JobTraces | undefined;
  readonly warn: QuietWarn;
  readonly emit: (event: ConsumerEvent) => void;
  /** Called whenever a slot or a settlement is over. */
  readonly onChange: () => void;
}

/**
 * A job whose replica died this often while it held it runs alone: should it kill again, it takes nobody along. All that
 * were in flight with it are suspects too, and a death counts for whatever a replica holds: it holds one of them at a time.
 */
const SUSPECT_AFTER_DEATHS = 2;

interface Suspect {
  readonly job: ClaimedJob;
  readonly handler: Handler;
}

export function createInFlight(parts: InFlightParts): InFlight {
  const { options, clock, emit, warn, traces } = parts;
  const attempts = new Set<Attempt>();
  let suspect: Suspect | undefined;
  let noting = false;
  let alone = false;
  const finished: Record<FinishOutcome, number> = {
    completed: 0,
    retrying: 0,
    dead: 0,
    postponed: 0,
    put_back: 0,
    cancelled: 0,
    late: 0,
    lost_lock: 0,
    gone: 0,
    abandoned: 0,
  };
  let settling = 0;
  let claimed = 0;

  async function conclude(
    job: ClaimedJob,
    verdict: Verdict,
    reason?: FailureReason,
    durationMs?: number,
    traced?: ProcessSpan,
  ) {
    settling++;
    const span = traces?.settle(job, traced);
    const outcome = await settle(job, verdict, parts);
    span?.end(outcome);
    settling--;
    finished[outcome]++;
    emit({
      event: 'finished',
      job,
      outcome,
      ...(reason === undefined ? {} : { reason }),
      ...(durationMs === undefined ? {} : { durationMs }),
    });
    parts.onChange();
  }

  /** A dead letter without a run. */
  function dismiss(job: ClaimedJob, message: string, reason: FailureReason): void {
    void conclude(job, { outcome: 'failed', error: new Error(message), retry: false, reason }, reason);
  }

  function putOff(job: ClaimedJob): void {
    const policy = { delayMs: options.unknownTypeDelayMs, maxMs: options.unknownTypeMaxMs };
    const decision = decideUnknownType(job, policy);
    if (decision.outcome === 'dead_letter') {
      dismiss(job, decision.reason, 'unknown_type');
      return;
    }
    const { workspace, id, type } = job;
    warn('a job of unknown type was put off: no handler here has it', { workspace, id, type }, type);
    const mark = { [parts.unknownSinceField]: String(decision.sinceMs) };
    void conclude(
      job,
      { outcome: 'postponed', delayMs: decision.delayMs, mark, reason: 'unknown_type' },
      'unknown_type',
    );
  }

  const tools: AttemptTools = {
    claimer: parts.claimer,
    clock,
    defaultTimeoutMs: options.defaultTimeoutMs,
    warn,
    effects: parts.effects,
    wallNowMs: Date.now,
    onEffect: (event, job) => emit({ event, job }),
    onDecided(attempt, outcome) {
      const reason =
        outcome.outcome === 'failed' || outcome.outcome === 'postponed' ? outcome.reason : undefined;
      void conclude(attempt.job, outcome, reason, clock.nowMs() - attempt.startedAtMs, attempt.traced);
    },
    onReturned(attempt) {
      attempts.delete(attempt);
      if (attempts.size === 0) alone = false;
      parts.onChange();
    },
  };

  function start(job: ClaimedJob, handler: Handler): void {
    emit({ event: 'started', job });
    attempts.add(startAttempt(job, handler, tools, traces?.process(job)));
  }

  function putBack(job: ClaimedJob): void {
    void conclude(job, { outcome: 'interrupted' });
  }

  /** The suspect stays where it is, and a drain may put it back, until Redis knows that it begins alone. */
  async function startSuspect({ job, handler }: Suspect): Promise<void> {
    noting = true;
    const ours = await parts.claimer.noteAlone(job).catch((error: unknown) => {
      const { workspace, id, type } = job;
      warn('a suspect was not started: Redis could not be told', {
        workspace,
        id,
        type,
        error: String(error),
      });
      return false;
    });
    noting = false;
    if (!suspect) return;
    suspect = undefined;
    alone = ours;
    if (ours) start(job, handler);
    else putBack(job);
  }

  const reserved = () => alone || suspect !== undefined;

  const undecided = () => [...attempts].filter((attempt) => !attempt.isDecided());

  return {
    begin(job) {
      claimed++;
      const handler = parts.handlers.get(job.type);
      if (job.deferredFailure !== undefined) dismiss(job, job.deferredFailure, 'deferred');
      else if (!handler) putOff(job);
      else if (job.poison) {
        const times = `${job.stalledCount} times while it held this job`;
        dismiss(job, `The replica died or stood still ${times}, at last while it ran alone`, 'poison');
      } else if (job.stalledCount >= SUSPECT_AFTER_DEATHS) {
        if (reserved()) putBack(job);
        else suspect = { job, handler };
      } else if (alone) putBack(job);
      else start(job, handler);
    },
    refuse(job) {
      claimed++;
      putBack(job);
    },
    running: () => attempts.size + (suspect ? 1 : 0),
    reserved,
    runSuspect() {
      if (suspect && !noting && attempts.size === 0 && settling === 0) void startSuspect(suspect);
    },
    overdue: () => attempts.size - undecided().length,
    settling: () => settling,
    claimed: () => claimed,
    finished: () => ({ ...finished }),
    putBackWaiting() {
      if (suspect) putBack(suspect.job);
      suspect = undefined;
    },
    interrupt() {
      for (const attempt of undecided()) attempt.interrupt();
    },
    giveUp() {
      for (const attempt of undecided()) attempt.giveUp();
    },
  };
}
