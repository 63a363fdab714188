import fc from 'fast-check';
import type {
  AutoscalePolicy,
  AutoscaleSignals,
  BackpressureSignals,
  BackpressureState,
  CohortCounts,
  ContentionSample,
  ContentionState,
  PromotionSignals,
  PromotionState,
  PromotionWindow,
  RolloutSignals,
  RolloutState,
} from '../../src/index.ts';
import { DEFAULT_AUTOSCALE_POLICY, DEFAULT_PROMOTION_POLICY } from '../../src/index.ts';
import { MINUTE, T0 } from './builders.ts';

/** Arbitrary signals, states and policies: the lines are hit often, and anything may be missing. */

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 12, nil: null });
const around = (line: number) =>
  fc.oneof(fc.constantFrom(0, line - 1, line, line + 1, 3 * line), fc.nat({ max: 4 * line }));

export const contentionSamples: fc.Arbitrary<ContentionSample> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(calm()) },
  {
    weight: 1,
    arbitrary: fc.record({
      claimP95Ms: maybe(around(50)),
      locksLost: maybe(fc.nat({ max: 3 })),
      runningJobs: maybe(fc.nat({ max: 3_000 })),
      stalledJobs: maybe(fc.nat({ max: 3 })),
      startedJobs: maybe(fc.nat({ max: 3_000 })),
      eventLoopP99Ms: maybe(around(200)),
      ledgerLagMs: maybe(around(30_000)),
      redisMemoryBp: maybe(fc.nat({ max: 10_000 })),
    }),
  },
);

function calm(): ContentionSample {
  return {
    claimP95Ms: 5,
    locksLost: 0,
    runningJobs: 100,
    stalledJobs: 0,
    startedJobs: 100,
    eventLoopP99Ms: 10,
    ledgerLagMs: 10,
    redisMemoryBp: 1_000,
  };
}

/** Signals without any order of an operator. */
export const unattended: fc.Arbitrary<AutoscaleSignals> = fc
  .record({
    contention: contentionSamples,
    finished: maybe(fc.oneof(fc.constant(0), fc.nat({ max: 5_000 }))),
    dead: maybe(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat({ max: 200 }))),
    duplicatesTotal: maybe(fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.nat({ max: 2 }))),
    activeWorkspaces: maybe(fc.nat({ max: 80 })),
    backlog: maybe(fc.nat({ max: 200 })),
    runnable: maybe(fc.oneof(fc.constant(0), fc.nat({ max: 5_000 }))),
    inFlight: maybe(fc.nat({ max: 5_000 })),
    actuator: fc.constantFrom('none' as const, 'capacity' as const, 'process' as const),
    observedCapacity: maybe(fc.constantFrom(1_024, 1_088)),
    observedReplicas: maybe(fc.nat({ max: 12 })),
    // Mostly what was asked for runs: see `settled`.
    settled: fc.boolean(),
  })
  .map(({ settled, ...signals }) => ({
    ...signals,
    actuator: settled ? 'none' : signals.actuator,
    pin: null,
    step: null,
    synthetic: false,
  }));

/** Signals at an instant, orders of operators among them. */
export function attended(now: number): fc.Arbitrary<AutoscaleSignals> {
  const expiresAtMs = fc.integer({ min: now - MINUTE, max: now + 10 * MINUTE });
  const actor = fc.constant('key:op');
  return fc
    .record({
      signals: unattended,
      pin: fc.option(fc.record({ capacity: fc.nat({ max: 20_000 }), actor, expiresAtMs }), {
        freq: 3,
        nil: null,
      }),
      step: fc.option(
        fc.record({
          number: fc.nat({ max: 9 }),
          by: fc.integer({ min: -5_000, max: 5_000 }),
          actor,
          expiresAtMs,
        }),
        { freq: 3, nil: null },
      ),
    })
    .map(({ signals, pin, step }) => ({ ...signals, pin, step }));
}

export const autoscalePolicies: fc.Arbitrary<AutoscalePolicy> = fc
  .record({
    floor: fc.integer({ min: 1, max: 2_000 }),
    room: fc.option(fc.nat({ max: 8_000 }), { nil: null }),
    perActiveWorkspace: fc.integer({ min: 1, max: 200 }),
    rampStep: fc.integer({ min: 1, max: 300 }),
    demandStep: fc.integer({ min: 1, max: 300 }),
    stepDownToBp: fc.integer({ min: 0, max: 9_999 }),
    usual: fc.boolean(),
  })
  .map(({ room, usual, ...given }) =>
    usual
      ? DEFAULT_AUTOSCALE_POLICY
      : { ...DEFAULT_AUTOSCALE_POLICY, ...given, cap: room === null ? null : given.floor + room },
  );

const measureStates = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ breached: false, run: 0 }) },
  fc.constant({ breached: false, run: 1 }),
  fc.record({ breached: fc.constant(true), run: fc.nat({ max: 2 }) }),
);
export const contentionStates: fc.Arbitrary<ContentionState> = fc.record({
  claim_latency: measureStates,
  locks_lost: measureStates,
  stalled_jobs: measureStates,
  event_loop_delay: measureStates,
  ledger_lag: measureStates,
  redis_memory: measureStates,
});

/** Some time in the last 20 minutes, or never. */
export const earlier = fc.option(fc.integer({ min: T0 - 20 * MINUTE, max: T0 }), { freq: 2, nil: null });

const promotionWindowCounts = fc.record({
  finished: fc.oneof(fc.constantFrom(0, 19, 20), fc.nat({ max: 2_000 })),
  dead: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat({ max: 60 })),
  duplicates: maybe(fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.constant(1))),
  queueAgeP95Ms: maybe(around(180_000)),
  queueAgeSamples: fc.oneof({ weight: 9, arbitrary: fc.constant(100) }, fc.constant(0)),
  contention: fc.constantFrom(
    'ok' as const,
    'ok' as const,
    'ok' as const,
    'breach' as const,
    'unknown' as const,
  ),
});
export type WindowCounts = Omit<PromotionWindow, 'startMs' | 'endMs'>;
export const windowCounts: fc.Arbitrary<WindowCounts> = promotionWindowCounts.map((counts) => ({
  ...counts,
  dead: Math.min(counts.dead, counts.finished),
}));

/** A state whose window, if one is open, is just over at T0, and its signals. */
export const promotionCases: fc.Arbitrary<{ state: PromotionState; signals: PromotionSignals }> = fc
  .record({
    promoted: fc.boolean(),
    over: fc.boolean(),
    healthy: fc.nat({ max: 3 }),
    breached: fc.nat({ max: 1 }),
    requalifyAtMs: fc.option(fc.integer({ min: T0 - MINUTE, max: T0 + MINUTE }), { freq: 1, nil: null }),
    duplicatesSeen: fc.constantFrom(null, 0, 0, 1),
    eligible: fc.constantFrom(true, true, true, false, null),
    duplicatesTotal: fc.constantFrom(0, 0, 0, 1, 2, null),
    counts: maybe(windowCounts),
    frozen: fc.boolean(),
  })
  .map(({ promoted, over, counts, frozen, healthy, breached, requalifyAtMs, duplicatesSeen, ...signals }) => {
    const length = promoted ? DEFAULT_PROMOTION_POLICY.demotionWindowMs : DEFAULT_PROMOTION_POLICY.windowMs;
    const startMs = over ? T0 - length : T0 - 1;
    return {
      state: {
        quota: promoted ? 100 : 64,
        windowStartMs: startMs,
        healthy: promoted ? 0 : healthy,
        breached: promoted ? breached : 0,
        requalifyAtMs,
        duplicatesSeen,
      },
      signals: {
        ...signals,
        window: counts && { ...counts, startMs, endMs: startMs + length },
        freeze: frozen && counts === null ? { actor: 'key:op', expiresAtMs: null } : null,
        synthetic: false,
      },
    };
  });

export const backpressureStates: fc.Arbitrary<BackpressureState> = fc.oneof(
  fc.constant({ level: 'none' as const, reason: 'none' as const, underTicks: 0, sinceMs: null }),
  fc.record({
    level: fc.constantFrom('soft' as const, 'hard' as const),
    reason: fc.constantFrom('backlog_limit' as const, 'redis_pressure' as const),
    underTicks: fc.nat({ max: 2 }),
    sinceMs: fc.integer({ min: T0 - 20 * MINUTE, max: T0 }),
  }),
);

export const pressures: fc.Arbitrary<BackpressureSignals> = fc.oneof(
  fc.record({
    scope: fc.constant('workspace' as const),
    backlog: maybe(
      fc.oneof(fc.constantFrom(449, 450, 500, 501, 899, 900, 999, 1_000), fc.nat({ max: 1_200 })),
    ),
    maxBacklog: maybe(fc.constant(1_000)),
    oldestRunnableMs: maybe(
      fc.oneof(fc.constantFrom(53_999, 54_000, 60_000, 60_001), fc.nat({ max: 90_000 })),
    ),
    waitingFor: fc.constantFrom(
      null,
      'pause' as const,
      'slots' as const,
      'tokens' as const,
      'capacity' as const,
    ),
    synthetic: fc.constant(false),
  }),
  fc.record({
    scope: fc.constant('cluster' as const),
    redisMemoryBp: maybe(
      fc.oneof(fc.constantFrom(5_399, 5_400, 6_000, 6_001, 6_300, 7_001), fc.nat({ max: 9_000 })),
    ),
    contention: fc.constantFrom('ok' as const, 'ok' as const, 'breach' as const, 'unknown' as const),
    backlog: maybe(fc.nat({ max: 1_000 })),
    synthetic: fc.constant(false),
  }),
);

export const cohorts: fc.Arbitrary<CohortCounts> = fc
  .record({
    enqueues: maybe(fc.nat({ max: 2_000 })),
    enqueueFailures: maybe(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat({ max: 30 }))),
    duplicateDispatches: maybe(fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.constant(1))),
    finished: maybe(fc.oneof(fc.constantFrom(0, 19, 20, 99, 100), fc.nat({ max: 3_000 }))),
    dead: maybe(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat({ max: 60 }))),
    queueAgeP95Ms: maybe(around(60_000)),
  })
  .map((counts) => ({
    ...counts,
    dead:
      counts.dead === null || counts.finished === null ? counts.dead : Math.min(counts.dead, counts.finished),
  }));

/** A rollout somewhere on its way, and its signals. */
export const rolloutCases: fc.Arbitrary<{ state: RolloutState; signals: RolloutSignals }> = fc
  .record({
    state: fc
      .record({
        status: fc.constantFrom(
          'running' as const,
          'running' as const,
          'running' as const,
          'paused' as const,
          'draft' as const,
        ),
        stage: fc.nat({ max: 2 }),
        passed: fc.boolean(),
        over: fc.boolean(),
        baseline: fc.option(fc.constant({ finished: 1_000, dead: 3, queueAgeP95Ms: 400 }), {
          freq: 4,
          nil: null,
        }),
      })
      .map(({ over, ...state }) => {
        const begun = state.status !== 'draft';
        return {
          ...state,
          stage: begun ? state.stage : 0,
          shareBp: begun ? ([500, 2_500, 10_000][state.stage] as number) : 0,
          holdStartMs: begun ? (over ? T0 - 30 * MINUTE : T0 - MINUTE) : null,
          passed: begun && over && state.passed,
          commandNumber: 0,
          duplicatesSeen: 0,
        };
      }),
    signals: fc.record({
      cohort: cohorts,
      rest: cohorts,
      duplicatesTotal: fc.constantFrom(0, 0, 0, 0, 1, null),
      command: fc.option(
        fc.record({
          number: fc.constant(1),
          order: fc.constantFrom('start' as const, 'pause' as const, 'resume' as const, 'abort' as const),
          actor: fc.constant('key:op'),
        }),
        { freq: 1, nil: null },
      ),
      synthetic: fc.constant(false),
      mine: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, fc.constant(false)),
    }),
  })
  .map(({ state, signals: { mine, ...signals } }) => ({
    state,
    signals: { ...signals, countedSinceMs: mine ? state.holdStartMs : null },
  }));
