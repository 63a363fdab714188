/** The dispatcher: from its dependencies to an app and the work in the background. */

import type { HandlerMap } from '@fairlead/consumer';
import {
  createReadiness,
  createServiceApp,
  documentRoutes,
  type Handled,
  handle,
  mountOperations,
  ProblemError,
  type ServiceAppOptions,
} from '@fairlead/http';
import type { Jobs, Ledger } from '@fairlead/ledger';
import type { Producer, Scheduler } from '@fairlead/scheduler';
import express, { type Express } from 'express';
import { admitting, createAdmission, DEFAULT_FULL_PERCENT } from './admission.ts';
import { dispatcherDocument } from './api/document.ts';
import { operations } from './api/operations.ts';
import { authenticateBy } from './authenticate.ts';
import { createBacklogGate } from './backlog.ts';
import { createBootstrapKey } from './bootstrap-key.ts';
import { createCaretaker } from './caretaker.ts';
import { docsRoutes } from './docs/routes.ts';
import { createDrainWatch } from './draining.ts';
import type { DispatcherFlags } from './flags.ts';
import { createGatheringProducer } from './gathering-producer.ts';
import { createIntake, type IntakeMetrics } from './intake.ts';
import { createKnownWorkspaces } from './known-workspaces.ts';
import { createLedgeredIntake } from './ledger/ledgered-intake.ts';
import { createQueuedNotes } from './ledger/queued-notes.ts';
import { createReconciler } from './ledger/reconciler.ts';
import { createRelay } from './ledger/relay.ts';
import { createRetention } from './ledger/retention.ts';
import { createSchedulerLoop } from './ledger/scheduler-loop.ts';
import { pushAllSettings } from './restore.ts';
import { auditRoutes } from './routes/audit.ts';
import { batchRoutes } from './routes/batches.ts';
import { dispatchRoutes } from './routes/dispatch.ts';
import { effectRoutes } from './routes/effects.ts';
import { flagRoutes } from './routes/flags.ts';
import { jobActionRoutes } from './routes/job-actions.ts';
import { jobRoutes } from './routes/jobs.ts';
import { keyRoutes } from './routes/keys.ts';
import { scheduleRoutes } from './routes/schedules.ts';
import { workspaceRoutes } from './routes/workspaces.ts';
import { createSettingsSync } from './settings-sync.ts';
import { VERSION } from './version.ts';
import { createInlineRunner } from './windows/inline-runner.ts';
import { createInlineRuns } from './windows/inline-runs.ts';
import { createDispatchSwitches } from './windows/switches.ts';

export interface DispatcherParts {
  readonly scheduler: Pick<
    Scheduler,
    | 'ping'
    | 'configure'
    | 'counts'
    | 'job'
    | 'cancel'
    | 'hasGeneration'
    | 'writeGeneration'
    | 'shardStates'
    | 'beat'
    | 'missing'
    | 'removeDead'
    | 'memory'
  >;
  readonly producer: Producer;
  /** Workspaces and keys are in Postgres, also when it does not remember jobs. */
  readonly ledger: Pick<Ledger, 'ping' | 'workspaces' | 'apiKeys' | 'audit'>;
  /** What remembers jobs; absent when the ledger is off, and jobs are as durable as Redis. */
  readonly records?: JobRecords | undefined;
  /** An admin's key, made elsewhere, that is stored at the start. */
  readonly bootstrapKey?: string | undefined;
  /** How full Redis may be, in percent of its maxmemory, before new work is refused; default 70. */
  readonly redisFullPercent?: number;
  /** Refuse jobs without an idempotency key; default false. Needs the ledger. */
  readonly requireKeys?: boolean;
  /** How windows run that do not go through the queue. */
  readonly inline?: Partial<InlineOptions>;
  readonly metrics: IntakeMetrics & {
    restored(): void;
    observeAudit(lagSeconds: () => number | undefined): void;
  };
  readonly logger: ServiceAppOptions['logger'];
  readonly metricsHandler: ServiceAppOptions['metrics'];
  readonly onAnswered: NonNullable<ServiceAppOptions['onAnswered']>;
}

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

export type JobRecords = Pick<
  Ledger,
  'jobs' | 'leases' | 'generations' | 'effects' | 'windows' | 'functionRuns' | 'schedules' | 'flags'
> & {
  /** Names this dispatcher in leases; unique in the cluster. */
  readonly holder: string;
  /** How long finished jobs are kept; default 30 days. */
  readonly retentionMs?: number;
};

export interface Dispatcher {
  readonly app: Express;
  /** Begins to bring settings to the scheduler. */
  start(): void;
  /** What runs inline is over within `withinMs`; what is left of it goes to the queue. */
  drain(withinMs: number): void;
  stop(): Promise<void>;
}

/** Less than a probe's usual second, so that the answer can say what is missing. */
const CHECK_DEADLINE_MS = 900;
const RETENTION_MS = 30 * 24 * 3_600_000;
const INLINE_CONCURRENCY = 16;
const INLINE_MAX_MS = 60_000;
const FALLBACK_MAX_MS = 3_600_000;

export function createDispatcher(parts: DispatcherParts): Dispatcher {
  const { scheduler, ledger, records, metrics, logger } = parts;
  const producer = createGatheringProducer(parts.producer);
  const { workspaces } = ledger;
  const sync = createSettingsSync({ scheduler, ledger: workspaces });
  // What the ledger remembers is accepted while Redis is away, in a new workspace too: the caretaker brings its settings.
  const push: typeof sync.push = (entries) =>
    records ? sync.push(entries).catch(() => {}) : sync.push(entries);
  const known = createKnownWorkspaces({ ledger: workspaces, sync: { push }, now: () => performance.now() });
  const drains = createDrainWatch({ ledger: workspaces, known, logger });
  const jobs = records?.jobs;
  const fullPercent = parts.redisFullPercent ?? DEFAULT_FULL_PERCENT;
  const { handlers, isForced = false, isFallback = false, ...inline } = parts.inline ?? {};
  const fallbackMaxMs = inline.fallbackMaxMs ?? FALLBACK_MAX_MS;
  const flags = records?.flags<DispatcherFlags>(
    {
      'schedules-paused': false,
      'redis-full-percent': fullPercent,
      'dispatch-mode': isForced ? 'inline' : 'queue',
      'dispatch-fallback': isFallback,
    },
    isFallback
      ? { 'dispatch-fallback': { at: new Date(Date.now() + fallbackMaxMs), afterwards: false } }
      : undefined,
  );
  const runner =
    records &&
    handlers &&
    createInlineRunner({
      ...records,
      handlers,
      concurrency: inline.concurrency ?? INLINE_CONCURRENCY,
      maxMs: inline.maxMs ?? INLINE_MAX_MS,
      logger,
      now: Date.now,
    });
  const inlineRuns = records && createInlineRuns({ ...records, runner, logger });
  const admission = createAdmission({
    scheduler,
    logger,
    fullPercent: async () => (await flags?.read())?.['redis-full-percent'] ?? fullPercent,
  });
  const queued = jobs && createQueuedNotes(jobs, logger);
  const anyIntake =
    jobs && queued
      ? createLedgeredIntake({
          known,
          gate: createBacklogGate(unfinished(jobs)),
          producer,
          jobs,
          queued,
          metrics,
          logger,
          now: Date.now,
        })
      : createIntake({ known, gate: createBacklogGate(scheduler), producer, metrics });
  const intake = admitting(anyIntake, admission);
  const isHeld = async () => (await flags?.read())?.['schedules-paused'] ?? false;
  const reconciler = records && createReconciler({ ...records, scheduler, producer, logger, now: Date.now });
  if (reconciler) metrics.observeAudit(reconciler.auditLagSeconds);
  const loops =
    records && reconciler && inlineRuns
      ? [
          inlineRuns.watch,
          createRelay({
            jobs: heldBack(records.jobs, admission),
            scheduler,
            producer,
            logger,
            now: Date.now,
          }),
          reconciler,
          createSchedulerLoop({
            ...records,
            producer,
            admission,
            logger,
            isHeld,
            now: Date.now,
          }),
          createRetention({ ...records, records, logger, retentionMs: records.retentionMs ?? RETENTION_MS }),
        ]
      : [];
  const caretaker = createCaretaker({
    scheduler,
    sync,
    pushAll: () => pushAllSettings(workspaces, sync),
    logger,
    onRestored: () => metrics.restored(),
  });

  const bootstrapKey = createBootstrapKey({ apiKeys: ledger.apiKeys, key: parts.bootstrapKey, logger });

  const keys = jobs ? (parts.requireKeys ? 'required' : 'optional') : 'impossible';
  const routes = express.Router({ caseSensitive: true });
  const handled = [
    ...jobRoutes({ intake, metrics, scheduler, ledger: jobs, admission, keys }),
    ...batchRoutes({ intake, metrics, keys }),
    ...workspaceRoutes({ ledger: workspaces, jobs, scheduler, sync, known, drains }),
    ...keyRoutes(ledger),
    ...auditRoutes(ledger),
  ];
  if (records && flags && inlineRuns) {
    handled.push(
      ...jobActionRoutes({ jobs: records.jobs, workspaces, admission, scheduler, producer, now: Date.now }),
      ...effectRoutes(records),
      ...scheduleRoutes({ ...records, known }),
      ...dispatchRoutes({
        ...records,
        workspaces,
        known,
        producer,
        admission,
        inlineRuns,
        switches: createDispatchSwitches(flags),
        metrics,
        logger,
        now: Date.now,
      }),
      ...flagRoutes({ flags, rules: { canRunInline: inlineRuns.canRun, fallbackMaxMs } }),
    );
  }
  mountOperations(routes, [...handled, ...ledgerOff(handled)], {
    authenticate: authenticateBy(ledger.apiKeys),
  });

  documentRoutes(routes, dispatcherDocument(VERSION));
  docsRoutes(routes);

  const app = createServiceApp({
    logger,
    routes,
    metrics: parts.metricsHandler,
    onAnswered: parts.onAnswered,
    readiness: createReadiness(
      {
        Redis: (deadlineMs) => scheduler.ping(deadlineMs),
        Postgres: (deadlineMs) => ledger.ping(deadlineMs),
        settings: () => caretaker.ready(),
        'bootstrap key': () => bootstrapKey.ready(),
      },
      { deadlineMs: CHECK_DEADLINE_MS, logger },
    ),
  });
  return {
    app,
    start() {
      caretaker.start();
      bootstrapKey.start();
      admission.start();
      drains.start();
      for (const loop of loops) loop.start();
    },
    drain: (withinMs) => runner?.drain(withinMs),
    async stop() {
      await Promise.all([
        caretaker.stop(),
        bootstrapKey.stop(),
        admission.stop(),
        drains.stop(),
        ...loops.map((loop) => loop.stop()),
        queued?.flush(),
      ]);
    },
  };
}

/** Operations that nobody handles without the ledger say so. */
function ledgerOff(handled: readonly Handled[]): Handled[] {
  const served = new Set(handled.map(({ operation }) => operation));
  const reply = () => {
    throw new ProblemError('LEDGER_OFF', 'This needs the ledger, which is off.', {
      fix: 'Start dispatchers and consumers with FAIRLEAD_LEDGER=on.',
    });
  };
  return operations
    .filter((operation) => !served.has(operation))
    .map((operation) => handle(operation).by(reply));
}

/** While Redis is all but full, what it has not seen yet stays in the ledger. */
function heldBack(
  jobs: Jobs,
  admission: { holdsBack(): boolean },
): Pick<Jobs, 'takeForRelay' | 'markQueued'> {
  return {
    markQueued: (ids) => jobs.markQueued(ids),
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
