import type { Meter } from '@opentelemetry/api';
import { CALL_SECONDS, JOB_SECONDS } from './buckets.ts';
import { jobTypeLabels } from './job-types.ts';

export interface ConsumerMetrics {
  /** A handler was started; `waitSeconds` since the job was created or became due. */
  started(type: string, waitSeconds: number): void;
  /** An attempt is over and recorded. */
  finished(type: string, outcome: string, runSeconds: number): void;
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

/** The recorder of a consumer replica whose handlers declare these types of jobs: see `jobTypeLabels`. */
export function consumerMetrics(meter: Meter, declaredTypes: Iterable<string>): ConsumerMetrics {
  const labels = jobTypeLabels(declaredTypes);
  const wait = meter.createHistogram('fairlead.job.wait.seconds', {
    unit: 's',
    description: 'From when a job was created, or became due, to the start of its first attempt',
    advice: { explicitBucketBoundaries: JOB_SECONDS },
  });
  const run = meter.createHistogram('fairlead.job.run.seconds', {
    unit: 's',
    description: 'Run time of an attempt',
    advice: { explicitBucketBoundaries: JOB_SECONDS },
  });
  const finished = meter.createObservableCounter('fairlead.jobs.finished', {
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
  // There from the start: an increase that begins at nothing is not seen as one.
  for (const type of labels.types) {
    for (const outcome of ['completed', 'dead']) labels.withOutcome(type, outcome);
  }
  // Counted by ourselves: an instrument would work out on every job which of its series it belongs to.
  finished.addCallback((result) => {
    for (const { attributes, count } of labels.counts()) result.observe(count, attributes);
  });
  quarantined.add(0);
  duplicates.add(0);
  return {
    started: (type, waitSeconds) => wait.record(waitSeconds, labels.ofType(type)),
    finished(type, outcome, runSeconds) {
      const counted = labels.withOutcome(type, outcome);
      counted.count++;
      run.record(runSeconds, counted.attributes);
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
