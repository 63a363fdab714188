/**
 * Every instrument of the product, with its unit and its labels.
 *
 * Names and units are OpenTelemetry's; Prometheus sees `fairlead.jobs.accepted` as
 * `fairlead_jobs_accepted_total`. Our own durations carry `seconds` in their names, because the exporter
 * adds no unit; `http.server.request.duration` is called what the HTTP conventions call it. No label has a
 * value that grows with the number of tenants, jobs or types of jobs: what happens in one workspace is in
 * its counts.
 */
import type { Meter } from '@opentelemetry/api';

/** From 5 ms to 10 min: waits and runs of jobs. */
const JOB_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180, 600];
/** From 1 ms to 10 s: requests and calls to Redis. */
const CALL_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** How long a scrape waits for a gauge that has to ask Redis. */
const ASK_MS = 500;

export interface RequestMetrics {
  /** An HTTP request was answered. `route` is the pattern, never the path. */
  answered(request: { method: string; route: string; status: number; seconds: number }): void;
}

export interface DispatcherMetrics {
  /** Jobs that Redis has confirmed. */
  accepted(jobs: number): void;
  /** Jobs that were refused, by the code of the problem. */
  rejected(code: string, jobs: number): void;
  /** Redis had lost its generation and got the settings of all workspaces again. */
  restored(): void;
  /** Asks for the cluster's workspaces by state whenever metrics are collected; without an answer in time they are NaN. */
  observe(totals: () => Promise<WorkspaceTotals>): void;
  /** Reads the audit's lag whenever metrics are collected; undefined, where another dispatcher does the audit, is NaN. */
  observeAudit(lagSeconds: () => number | undefined): void;
}

export interface WorkspaceTotals {
  readonly known: number;
  readonly ready: number;
  readonly parked: number;
  readonly busy: number;
}

export interface ConsumerMetrics {
  /** A handler was started; `waitSeconds` since the job was created or became due. */
  started(waitSeconds: number): void;
  /** An attempt is over and recorded. */
  finished(outcome: string, runSeconds: number): void;
  /** A claim was answered. */
  claimed(jobs: number, seconds: number): void;
  claimFailed(): void;
  /** Claimed jobs that the ledger knew to be finished or cancelled; they were not run. */
  tidied(jobs: number): void;
  /** Jobs were claimed that the ledger does not have: another program added them to the queue. */
  foreign(jobs: number): void;
  /** A repeated effect got the recorded outcome and did not run. */
  effectSuppressed(): void;
  /** An effect happened more than once, or may have. */
  effectDuplicate(): void;
  /** Jobs of dead replicas that this replica put back. */
  stalled(jobs: number): void;
  /** A workspace whose queue is corrupt was set aside. */
  quarantined(): void;
  loopBlocked(seconds: number): void;
  /** Reads the state whenever metrics are collected. */
  observe(state: () => { running: number; concurrency: number; healthy: boolean }): void;
}

/** The recorder of HTTP requests. */
export function requestMetrics(meter: Meter): RequestMetrics {
  const duration = meter.createHistogram('http.server.request.duration', {
    unit: 's',
    description: 'Duration of HTTP requests, to the last byte of the answer',
    advice: { explicitBucketBoundaries: CALL_SECONDS },
  });
  return {
    answered({ method, route, status, seconds }) {
      duration.record(seconds, {
        'http.request.method': method,
        'http.route': route,
        'http.response.status_code': status,
      });
    },
  };
}

/** The recorder of a dispatcher. */
export function dispatcherMetrics(meter: Meter): DispatcherMetrics {
  const accepted = meter.createCounter('fairlead.jobs.accepted', {
    unit: '{job}',
    description: 'Jobs accepted and confirmed by Redis',
  });
  const rejected = meter.createCounter('fairlead.jobs.rejected', {
    unit: '{job}',
    description: 'Jobs refused, by the code of the problem',
  });
  const restored = meter.createCounter('fairlead.settings.restored', {
    unit: '{restore}',
    description: 'Times Redis was found empty and got the settings of all workspaces again',
  });
  const workspaces = meter.createObservableGauge('fairlead.workspaces', {
    unit: '{workspace}',
    description:
      'Workspaces of the cluster: known, ready (may have runnable work), parked, busy (jobs in flight)',
  });
  const auditLag = meter.createObservableGauge('fairlead.audit.lag.seconds', {
    unit: 's',
    description:
      'Since the audit began its last whole pass over the queued jobs: what Redis lost before that was found',
  });
  // There from the start, so that a first restore is seen as a change.
  restored.add(0);
  return {
    accepted: (jobs) => accepted.add(jobs),
    rejected: (code, jobs) => rejected.add(jobs, { code }),
    restored: () => restored.add(1),
    observe(totals) {
      workspaces.addCallback(async (result) => {
        const counts = await inTime(totals);
        // NaN, because a state that is not observed would keep its last value in every later scrape.
        for (const state of WORKSPACE_STATES) result.observe(counts?.[state] ?? Number.NaN, { state });
      });
    },
    observeAudit(lagSeconds) {
      auditLag.addCallback((result) => result.observe(lagSeconds() ?? Number.NaN));
    },
  };
}

const WORKSPACE_STATES = ['known', 'ready', 'parked', 'busy'] as const satisfies (keyof WorkspaceTotals)[];

/** A scrape must not hang on a Redis that does. */
async function inTime<T>(ask: () => Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ASK_MS);
  });
  try {
    return await Promise.race([ask(), late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

/** The recorder of a consumer replica. */
export function consumerMetrics(meter: Meter): ConsumerMetrics {
  const wait = meter.createHistogram('fairlead.job.wait.seconds', {
    unit: 's',
    description: 'From when a job was created, or became due, to the start of an attempt',
    advice: { explicitBucketBoundaries: JOB_SECONDS },
  });
  const run = meter.createHistogram('fairlead.job.run.seconds', {
    unit: 's',
    description: 'Run time of an attempt',
    advice: { explicitBucketBoundaries: JOB_SECONDS },
  });
  const finished = meter.createCounter('fairlead.jobs.finished', {
    unit: '{job}',
    description: 'Attempts that are over, by outcome',
  });
  const claim = meter.createHistogram('fairlead.claim.duration.seconds', {
    unit: 's',
    description: 'Duration of claims, as the replica sees them',
    advice: { explicitBucketBoundaries: CALL_SECONDS },
  });
  const claimedJobs = meter.createCounter('fairlead.jobs.claimed', {
    unit: '{job}',
    description: 'Jobs that claims granted',
  });
  const claimFailures = meter.createCounter('fairlead.claim.failures', {
    unit: '{claim}',
    description: 'Claims that ended in an error',
  });
  const tidied = meter.createCounter('fairlead.jobs.tidied', {
    unit: '{job}',
    description: 'Claimed jobs that were finished or cancelled already, and were not run',
  });
  const foreign = meter.createCounter('fairlead.jobs.foreign', {
    unit: '{job}',
    description: 'Claimed jobs that the ledger does not have: other programs added them to the queues',
  });
  const suppressed = meter.createCounter('fairlead.effects.suppressed', {
    unit: '{effect}',
    description: 'Repeated effects that got the recorded outcome and did not run',
  });
  const duplicates = meter.createCounter('fairlead.effects.duplicate', {
    unit: '{effect}',
    description: 'Effects that happened more than once, or may have',
  });
  const stalled = meter.createCounter('fairlead.jobs.stalled', {
    unit: '{job}',
    description: 'Jobs of dead replicas that were put back',
  });
  const quarantined = meter.createCounter('fairlead.workspaces.quarantined', {
    unit: '{workspace}',
    description: 'Times a workspace was set aside because its queue is corrupt',
  });
  const loopBlocked = meter.createHistogram('fairlead.event_loop.blocked.seconds', {
    unit: 's',
    description:
      'Times that the event loop stood still for longer than from one renewal of the locks to the next',
    advice: { explicitBucketBoundaries: JOB_SECONDS },
  });
  const running = meter.createObservableGauge('fairlead.consumer.running', {
    unit: '{job}',
    description: 'Handlers that run now',
  });
  const slots = meter.createObservableGauge('fairlead.consumer.slots', {
    unit: '{job}',
    description: 'Handlers that may run at once',
  });
  const healthy = meter.createObservableGauge('fairlead.consumer.healthy', {
    unit: '1',
    description: '1 while the replica makes progress, else 0',
  });
  return {
    started: (waitSeconds) => wait.record(waitSeconds),
    finished(outcome, runSeconds) {
      finished.add(1, { outcome });
      run.record(runSeconds, { outcome });
    },
    claimed(jobs, seconds) {
      claim.record(seconds);
      if (jobs > 0) claimedJobs.add(jobs);
    },
    claimFailed: () => claimFailures.add(1),
    tidied: (jobs) => tidied.add(jobs),
    foreign: (jobs) => foreign.add(jobs),
    effectSuppressed: () => suppressed.add(1),
    effectDuplicate: () => duplicates.add(1),
    stalled: (jobs) => stalled.add(jobs),
    quarantined: () => quarantined.add(1),
    loopBlocked: (seconds) => loopBlocked.record(seconds),
    observe(state) {
      running.addCallback((result) => result.observe(state().running));
      slots.addCallback((result) => result.observe(state().concurrency));
      healthy.addCallback((result) => result.observe(state().healthy ? 1 : 0));
    },
  };
}
