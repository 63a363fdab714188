/** Jobs that the ledger keeps: the ways in, the background work that keeps the promise, and the operations on them. */
import { createJobTraces, type HandlerMap } from '@fairlead/consumer';
import type { Jobs, Ledger } from '@fairlead/ledger';
import type { Producer, Scheduler, Tally } from '@fairlead/scheduler';
import type { Tracer } from '@opentelemetry/api';
import { type AdmissionParts, createAdmission } from '../admission.ts';
import { createBacklogGate } from '../backlog.ts';
import { counting } from '../counting.ts';
import type { DispatcherFlags } from '../flags.ts';
import type { IntakeMetrics } from '../intake.ts';
import type { JobKeeping } from '../job-keeping.ts';
import type { KnownWorkspaces } from '../known-workspaces.ts';
import type { FeatureRollouts } from '../rollouts.ts';
import { batchRoutes } from '../routes/batches.ts';
import { dispatchRoutes } from '../routes/dispatch.ts';
import { effectRoutes } from '../routes/effects.ts';
import { flagRoutes } from '../routes/flags.ts';
import { jobActionRoutes } from '../routes/job-actions.ts';
import { jobRoutes } from '../routes/jobs.ts';
import { scheduleRoutes } from '../routes/schedules.ts';
import { createSendSpan, inSendSpan } from '../send-span.ts';
import { createInlineRunner } from '../windows/inline-runner.ts';
import { createInlineRuns } from '../windows/inline-runs.ts';
import { createDispatchSwitches } from '../windows/switches.ts';
import { createLedgeredIntake } from './ledgered-intake.ts';
import { createQueuedNotes } from './queued-notes.ts';
import { createReconciler } from './reconciler.ts';
import { createRelay } from './relay.ts';
import { createRetention } from './retention.ts';
import { createSchedulerLoop } from './scheduler-loop.ts';

export type JobRecords = Pick<
  Ledger,
  'jobs' | 'leases' | 'generations' | 'effects' | 'windows' | 'functionRuns' | 'schedules' | 'flags'
> & {
  /** Names this dispatcher in leases; unique in the cluster. */
  readonly holder: string;
  /** How long finished jobs are kept; default 30 days. */
  readonly retentionMs?: number;
};

export interface InlineOptions {
  /** As the consumers have them; without them nothing runs here. */
  readonly handlers: HandlerMap;
  /** Handlers at once; default 16. */
  readonly concurrency: number;
  /** Time of the jobs of a window; default 60,000. */
  readonly maxMs: number;
  /** What the flags `dispatch-mode` and `dispatch-fallback` are when nobody has set them; default: neither. */
  readonly isForced: boolean;
  readonly isFallback: boolean;
  /** The fallback is on for no longer; default an hour. */
  readonly fallbackMaxMs: number;
}

export interface KeepingParts {
  readonly records: JobRecords;
  readonly workspaces: Ledger['workspaces'];
  readonly scheduler: Pick<
    Scheduler,
    'ping' | 'counts' | 'job' | 'cancel' | 'shardStates' | 'beat' | 'missing' | 'removeDead' | 'memory'
  >;
  readonly producer: Producer;
  readonly known: KnownWorkspaces;
  readonly pressure: AdmissionParts['pressure'];
  readonly tracer?: Tracer | undefined;
  readonly rollouts: Pick<FeatureRollouts, 'of'>;
  /** How full Redis may be, in percent, when the flag says nothing. */
  readonly fullPercent: number;
  readonly requireKeys: boolean;
  readonly inline: Partial<InlineOptions>;
  /** How long the post of a window waits until Redis has its jobs; default 2,000. */
  readonly addWithinMs?: number | undefined;
  readonly metrics: IntakeMetrics & { observeAudit(lagSeconds: () => number | undefined): void };
  readonly tally: Tally;
  readonly logger: AdmissionParts['logger'] & { error(fields: object, message: string): void };
}

const RETENTION_MS = 30 * 24 * 3_600_000;
const INLINE_CONCURRENCY = 16;
const INLINE_MAX_MS = 60_000;
const FALLBACK_MAX_MS = 3_600_000;

export function keepInLedger(parts: KeepingParts): JobKeeping {
  const { records, workspaces, scheduler, producer, known, metrics, logger } = parts;
  const { jobs } = records;
  const { isForced = false, isFallback = false, fallbackMaxMs = FALLBACK_MAX_MS } = parts.inline;
  const background = { ...records, scheduler, producer, logger, now: Date.now };

  const flags = records.flags<DispatcherFlags>(
    {
      'schedules-paused': false,
      'redis-full-percent': parts.fullPercent,
      'dispatch-mode': isForced ? 'inline' : 'queue',
      'dispatch-fallback': isFallback,
    },
    isFallback
      ? { 'dispatch-fallback': { at: new Date(Date.now() + fallbackMaxMs), afterwards: false } }
      : undefined,
  );
  const admission = createAdmission({
    scheduler,
    pressure: parts.pressure,
    logger,
    fullPercent: async () => (await flags.read())['redis-full-percent'],
  });

  const queued = createQueuedNotes(jobs, logger);
  const gate = createBacklogGate(unfinished(jobs));
  const accepting = { known, gate, admission, producer, jobs, queued, metrics, logger, now: Date.now };
  const sendSpan = parts.tracer && createSendSpan(parts.tracer);
  const intake = counting(inSendSpan(createLedgeredIntake(accepting), sendSpan), parts.tally);
  const keys = parts.requireKeys ? 'required' : 'optional';

  const runner = inlineRunner(parts);
  const inlineRuns = createInlineRuns({ ...records, runner, logger });

  const reconciler = createReconciler(background);
  metrics.observeAudit(reconciler.auditLagSeconds);
  const loops = [
    admission,
    inlineRuns.watch,
    createRelay({ ...background, metrics, jobs: heldBack(jobs, admission) }),
    reconciler,
    createSchedulerLoop({
      ...background,
      admission,
      sendSpan,
      isHeld: async () => (await flags.read())['schedules-paused'],
    }),
    createRetention({ ...records, records, logger, retentionMs: records.retentionMs ?? RETENTION_MS }),
  ];

  const handled = [
    ...jobRoutes({ intake, metrics, scheduler, ledger: jobs, admission, keys }),
    ...batchRoutes({ intake, metrics, admission, keys }),
    ...jobActionRoutes({ ...background, workspaces, admission }),
    ...effectRoutes(records),
    ...scheduleRoutes({ ...records, known }),
    ...dispatchRoutes({
      ...background,
      workspaces,
      known,
      admission,
      inlineRuns,
      sendSpan,
      switches: createDispatchSwitches({ flags, rollouts: parts.rollouts, canRunInline: inlineRuns.canRun }),
      metrics,
      tally: parts.tally,
      addWithinMs: parts.addWithinMs,
    }),
    ...flagRoutes({ flags, rules: { canRunInline: inlineRuns.canRun, fallbackMaxMs } }),
  ];

  return {
    handled,
    admission,
    loops,
    jobs,
    drain: (withinMs) => runner?.drain(withinMs),
    flush: () => queued.flush(),
  };
}

/** Undefined without handlers: nothing runs here then. */
function inlineRunner({ records, inline, tracer, logger }: KeepingParts) {
  const { handlers, concurrency = INLINE_CONCURRENCY, maxMs = INLINE_MAX_MS } = inline;
  const traces = tracer && createJobTraces(tracer);
  return (
    handlers &&
    createInlineRunner({ ...records, handlers, concurrency, maxMs, traces, logger, now: Date.now })
  );
}

/** While Redis is all but full, what it has not seen yet stays in the ledger. */
function heldBack(
  jobs: Jobs,
  admission: { holdsBack(): boolean },
): Pick<Jobs, 'takeForRelay' | 'markQueued' | 'relayNow'> {
  return {
    ...jobs,
    takeForRelay: async (options) => (admission.holdsBack() ? [] : jobs.takeForRelay(options)),
  };
}

/** The ledger's count of unfinished jobs, for the gate: it knows of those that are not in Redis too. */
function unfinished(jobs: Pick<Jobs, 'backlogOf'>): Parameters<typeof createBacklogGate>[0] {
  return {
    async counts(workspaces) {
      const backlog = await jobs.backlogOf(workspaces);
      return workspaces.map((workspace) => ({ workspace, waiting: backlog.get(workspace) ?? 0, delayed: 0 }));
    },
  };
}
