/** The dispatcher: from its dependencies to an app and the work in the background. */
import { allReady, createServiceApp, type ServiceAppOptions } from '@fairlead/http';
import type { Ledger } from '@fairlead/ledger';
import type { Producer, Scheduler } from '@fairlead/scheduler';
import express, { type Express } from 'express';
import { createBacklogGate } from './backlog.ts';
import { createCaretaker } from './caretaker.ts';
import { createIntake, type IntakeMetrics } from './intake.ts';
import { createKnownWorkspaces } from './known-workspaces.ts';
import { loopbackOnly } from './loopback-only.ts';
import { pushAllSettings } from './restore.ts';
import { batchRoutes } from './routes/batches.ts';
import { jobRoutes } from './routes/jobs.ts';
import { workspaceRoutes } from './routes/workspaces.ts';
import { createSettingsSync } from './settings-sync.ts';

export interface DispatcherParts {
  readonly scheduler: Pick<
    Scheduler,
    'ping' | 'configure' | 'counts' | 'job' | 'hasGeneration' | 'writeGeneration'
  >;
  readonly producer: Producer;
  readonly ledger: Pick<Ledger, 'ping' | 'workspaces'>;
  readonly metrics: IntakeMetrics & { restored(): void };
  readonly logger: ServiceAppOptions['logger'];
  readonly metricsHandler: ServiceAppOptions['metrics'];
  readonly onAnswered: NonNullable<ServiceAppOptions['onAnswered']>;
}

export interface Dispatcher {
  readonly app: Express;
  /** Begins to bring settings to the scheduler. */
  start(): void;
  stop(): Promise<void>;
}

/** Less than a probe's usual second, so that the answer can say what is missing. */
const CHECK_DEADLINE_MS = 900;

export function createDispatcher(parts: DispatcherParts): Dispatcher {
  const { scheduler, producer, ledger, metrics, logger } = parts;
  const { workspaces } = ledger;
  const sync = createSettingsSync({ scheduler, ledger: workspaces });
  const known = createKnownWorkspaces({ ledger: workspaces, sync, now: () => performance.now() });
  const intake = createIntake({ known, gate: createBacklogGate(scheduler), producer, metrics });
  const caretaker = createCaretaker({
    scheduler,
    sync,
    pushAll: () => pushAllSettings(workspaces, sync),
    logger,
    onRestored: () => metrics.restored(),
  });

  const routes = express.Router({ caseSensitive: true });
  routes.use(loopbackOnly);
  jobRoutes(routes, { intake, metrics, scheduler });
  batchRoutes(routes, { intake, metrics });
  workspaceRoutes(routes, { ledger: workspaces, scheduler, sync, known });

  const app = createServiceApp({
    logger,
    routes,
    metrics: parts.metricsHandler,
    onAnswered: parts.onAnswered,
    readiness: () =>
      allReady(
        {
          Redis: (deadlineMs) => scheduler.ping(deadlineMs),
          Postgres: (deadlineMs) => ledger.ping(deadlineMs),
          settings: () => caretaker.ready(),
        },
        CHECK_DEADLINE_MS,
      ),
  });
  return { app, start: caretaker.start, stop: caretaker.stop };
}
