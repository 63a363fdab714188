/** The controller: from its dependencies to an app, and the loops in the background. */
import type { Policy } from '@fairlead/core';
import { createReadiness, createServiceApp, type ServiceAppOptions } from '@fairlead/http';
import type { Ledger } from '@fairlead/ledger';
import type { Scheduler } from '@fairlead/scheduler';
import type { ControllerMetrics, DecisionExporter } from '@fairlead/telemetry';
import type { Express } from 'express';
import type { ActuatorKind } from './act/actuator.ts';
import type { PolicySource } from './api/policy.ts';
import type { ControllerApiParts } from './api-parts.ts';
import { createApiRouter } from './api-router.ts';
import { createComplaints } from './loop/complaints.ts';
import { type Control, createControl } from './loop/control.ts';
import { createLeadership, LEASE } from './loop/leadership.ts';
import type { LeaderLedger, LeaderScheduler } from './loop/ports.ts';
import { createRetention } from './loop/retention.ts';
import { policiesOf, sha256 } from './policies.ts';
import { createSpanRelay, type SpanRelayParts } from './relay/span-relay.ts';

export interface ControllerParts {
  readonly scheduler: LeaderScheduler & Pick<Scheduler, 'ping'>;
  readonly ledger: LeaderLedger &
    SpanRelayParts['ledger'] &
    ControllerApiParts['ledger'] &
    Pick<Ledger, 'ping'>;
  readonly policy: Policy;
  readonly policySource: PolicySource;
  /** Unique in the cluster. */
  readonly holder: string;
  readonly leaseMs: number;
  readonly tickMs: number;
  readonly actuator: ActuatorKind;
  readonly drills: 'on' | 'off';
  readonly retentionMs: number;
  /** Where spans of decisions go; absent: nowhere. */
  readonly exporter?: DecisionExporter | undefined;
  readonly metrics: ControllerMetrics;
  readonly logger: ServiceAppOptions['logger'];
  readonly metricsHandler: ServiceAppOptions['metrics'];
  readonly onAnswered: NonNullable<ServiceAppOptions['onAnswered']>;
}

export interface Controller {
  readonly app: Express;
  readonly control: Control;
  start(): void;
  /** Ends after what is under way, and gives the lease up. */
  stop(): Promise<void>;
}

/** Less than a probe's usual second, so that the answer can say what is missing. */
const CHECK_DEADLINE_MS = 900;

export function createController(parts: ControllerParts): Controller {
  const { scheduler, ledger, holder, leaseMs, exporter, metrics, logger } = parts;
  const clock = () => performance.now();
  const complaints = createComplaints(logger);
  const policies = policiesOf(parts.policy);
  const relay = exporter && createSpanRelay({ ledger, exporter, complaints, now: Date.now });
  const control = createControl({
    ...parts,
    policies,
    hash: sha256,
    complaints,
    clock,
    leadership: createLeadership({ leases: ledger.leases, holder, leaseMs, clock }),
    onWritten: () => relay?.kick(),
  });
  const { isLeader } = control;
  const retention = createRetention({
    ...parts,
    decisions: ledger.decisions,
    rollouts: ledger.rollouts,
    isLeader,
    complaints,
  });
  metrics.observe(control.seen);
  metrics.observeSpanRelay(() => (relay && isLeader() ? relay.lagSeconds() : undefined));

  const app = createServiceApp({
    logger,
    routes: createApiRouter({
      ledger,
      replicas: () => scheduler.replicas(),
      drills: parts.drills,
      leaseName: LEASE,
      policies,
      policySource: parts.policySource,
      leads: isLeader,
    }),
    metrics: parts.metricsHandler,
    onAnswered: parts.onAnswered,
    // A standby is ready: it answers, and decides when it has to.
    readiness: createReadiness(
      {
        Redis: (deadlineMs) => scheduler.ping(deadlineMs),
        Postgres: (deadlineMs) => ledger.ping(deadlineMs),
      },
      { deadlineMs: CHECK_DEADLINE_MS, logger },
    ),
  });
  return {
    app,
    control,
    start() {
      control.start();
      retention.start();
    },
    async stop() {
      await Promise.all([control.stop(), retention.stop(), relay?.stop()]);
      await exporter?.shutdown();
    },
  };
}
