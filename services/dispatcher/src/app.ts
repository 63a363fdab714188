/** The dispatcher: from its dependencies to an app and the work in the background. */

import { FAULTS, reasonOf } from '@fairlead/core';
import {
  authenticateBy,
  createReadiness,
  createServiceApp,
  docsRoutes,
  documentRoutes,
  type Handled,
  handle,
  mountOperations,
  ProblemError,
  type ServiceAppOptions,
} from '@fairlead/http';
import type { Ledger } from '@fairlead/ledger';
import { createTally, type Producer, type Scheduler } from '@fairlead/scheduler';
import express, { type Express } from 'express';
import { DEFAULT_FULL_PERCENT } from './admission.ts';
import { dispatcherDocument } from './api/document.ts';
import { operations } from './api/operations.ts';
import { createBootstrapKey } from './bootstrap-key.ts';
import { createCaretaker } from './caretaker.ts';
import { createCountingReports } from './counting-reports.ts';
import { createDrainWatch } from './draining.ts';
import { createGatheringProducer } from './gathering-producer.ts';
import type { IntakeMetrics } from './intake.ts';
import { createKnownWorkspaces } from './known-workspaces.ts';
import { holderName } from './ledger/holder-name.ts';
import { type InlineOptions, type JobRecords, keepInLedger } from './ledger/keeping.ts';
import { createPressureWatch, type PressureLevels } from './pressure/pressure-watch.ts';
import { pushAllSettings } from './restore.ts';
import { createFeatureRollouts } from './rollouts.ts';
import { auditRoutes } from './routes/audit.ts';
import { keyRoutes } from './routes/keys.ts';
import { workspaceRoutes } from './routes/workspaces.ts';
import { fairnessOf, followRuntimeFairness } from './runtime-fairness.ts';
import { createSettingsSync } from './settings-sync.ts';
import { keepInRedis } from './unremembered.ts';
import { VERSION } from './version.ts';

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
    | 'shardOf'
    | 'shardStates'
    | 'beat'
    | 'missing'
    | 'removeDead'
    | 'memory'
    | 'readPressure'
    | 'activeWorkspaces'
    | 'report'
  >;
  readonly producer: Producer;
  /** Workspaces and keys are in Postgres, also when it does not remember jobs. */
  readonly ledger: Pick<Ledger, 'ping' | 'workspaces' | 'apiKeys' | 'audit' | 'rollouts'>;
  /** What remembers jobs; absent when the ledger is off, and jobs are as durable as Redis. */
  readonly records?: JobRecords | undefined;
  /** An admin's key, made elsewhere, that is stored at the start. */
  readonly bootstrapKey?: string | undefined;
  /** How full Redis may be, in percent of its maxmemory, before new work is refused; default 70. */
  readonly redisFullPercent?: number;
  /** How often to ask what the controller has decided: levels of backpressure, rollouts; default 1,000. */
  readonly watchEveryMs?: number | undefined;
  /** Refuse jobs without an idempotency key; default false. Needs the ledger. */
  readonly requireKeys?: boolean;
  /** How windows run that do not go through the queue. */
  readonly inline?: Partial<InlineOptions>;
  /** How long the post of a window waits until Redis has its jobs; default 2,000. */
  readonly addWithinMs?: number | undefined;
  readonly metrics: IntakeMetrics & {
    restored(): void;
    observeAudit(lagSeconds: () => number | undefined): void;
    /** Jobs that backpressure refused; `rejected` counts them too. */
    heldBack(pressure: { scope: 'cluster' | 'workspace'; reason: string }, jobs: number): void;
    observePressure(levels: () => PressureLevels): void;
  };
  /** Makes spans of requests and of the jobs that they send; without one there are none. */
  readonly tracer?: ServiceAppOptions['tracer'];
  readonly logger: ServiceAppOptions['logger'];
  readonly metricsHandler: ServiceAppOptions['metrics'];
  readonly onAnswered: NonNullable<ServiceAppOptions['onAnswered']>;
}

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

export function createDispatcher(parts: DispatcherParts): Dispatcher {
  const { scheduler, ledger, records, logger } = parts;
  const metrics = withReasons(parts.metrics);
  const { workspaces } = ledger;
  const rollouts = createFeatureRollouts({ ledger: ledger.rollouts, logger, everyMs: parts.watchEveryMs });
  const sync = createSettingsSync({
    scheduler,
    ledger: workspaces,
    fairnessOf: (record) => fairnessOf(record, rollouts),
  });
  followRuntimeFairness({ rollouts, scheduler, ledger: workspaces, sync, logger });
  // What the ledger remembers is accepted while Redis is away, in a new workspace too: the caretaker brings its settings.
  const push: typeof sync.push = (entries) =>
    records ? sync.push(entries).catch(() => {}) : sync.push(entries);
  const known = createKnownWorkspaces({ ledger: workspaces, sync: { push }, now: () => performance.now() });
  const drains = createDrainWatch({ ledger: workspaces, known, logger });
  const caretaker = createCaretaker({
    scheduler,
    sync,
    async pushAll() {
      await rollouts.refresh();
      return pushAllSettings(workspaces, sync);
    },
    logger,
    onRestored: () => metrics.restored(),
  });
  const bootstrapKey = createBootstrapKey({ apiKeys: ledger.apiKeys, key: parts.bootstrapKey, logger });

  const { redisFullPercent: fullPercent = DEFAULT_FULL_PERCENT, requireKeys = false, inline = {} } = parts;
  const producer = createGatheringProducer(parts.producer, { shardOf: scheduler.shardOf });
  const pressure = createPressureWatch({
    scheduler,
    logger,
    now: () => performance.now(),
    everyMs: parts.watchEveryMs,
  });
  metrics.observePressure(pressure.levels);
  const { tracer } = parts;
  const tally = createTally();
  const reports = createCountingReports({ scheduler, tally, name: holderName(), logger });
  const shared = {
    scheduler,
    producer,
    known,
    pressure,
    rollouts,
    fullPercent,
    metrics,
    tally,
    tracer,
    logger,
  };
  const keeping = records
    ? keepInLedger({ ...shared, records, workspaces, requireKeys, inline, addWithinMs: parts.addWithinMs })
    : keepInRedis(shared);

  const handled = [
    ...keeping.handled,
    ...workspaceRoutes({ ...keeping, ledger: workspaces, scheduler, sync, known, drains }),
    ...keyRoutes(ledger),
    ...auditRoutes(ledger),
  ];
  const routes = express.Router({ caseSensitive: true });
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
    tracer,
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
  const background = [caretaker, bootstrapKey, drains, pressure, rollouts, reports, ...keeping.loops];
  return {
    app,
    start() {
      for (const work of background) work.start();
    },
    drain: (withinMs) => keeping.drain(withinMs),
    async stop() {
      await Promise.all([...background.map((work) => work.stop()), keeping.flush()]);
    },
  };
}

/** What is refused for backpressure is counted by its reason too. */
function withReasons(metrics: DispatcherParts['metrics']): DispatcherParts['metrics'] {
  return {
    ...metrics,
    rejected(code, jobs) {
      metrics.rejected(code, jobs);
      const reason = reasonOf(code);
      const scope = FAULTS[code].status === 429 ? 'workspace' : 'cluster';
      if (reason !== undefined) metrics.heldBack({ scope, reason }, jobs);
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
