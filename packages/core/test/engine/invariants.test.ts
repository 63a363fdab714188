/**
 * The twelve invariants of the engine, each under thousands of random runs. A run that fails prints its seed and the
 * smallest example: give both to `fc.assert(property, { seed, path })`. FAIRLEAD_PROPERTY_RUNS sets how many.
 */
import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type AutoscalePolicy,
  type AutoscaleSignals,
  type AutoscaleState,
  canonicalText,
  cohortPlace,
  DEFAULT_POLICY,
  type DecidingLease,
  decide,
  decideAutoscale,
  decideBackpressure,
  decidePromotion,
  decideRollout,
  INITIAL_BACKPRESSURE,
  isInCohort,
  isWindowDue,
  isWriteAccepted,
  type PromotionDecision,
  type PromotionState,
  takeLease,
} from '../../src/index.ts';
import {
  autoscaleSignals,
  autoscaleState,
  CALM,
  FAILING,
  healthyWindow,
  MINUTE,
  promotedState,
  promotionSignals,
  promotionState,
  RUNS,
  SECOND,
  T0,
  TICK,
} from './builders.ts';
import {
  attended,
  autoscalePolicies,
  backpressureStates,
  contentionStates,
  earlier,
  pressures,
  promotionCases,
  rolloutCases,
  unattended,
  type WindowCounts,
  windowCounts,
} from './generators.ts';

// A property is thousands of runs: a busy machine takes its time.
jest.setTimeout(180_000);

const { promotion, rollout, backpressure } = DEFAULT_POLICY;

interface Tick {
  readonly afterMs: number;
  readonly signals: AutoscaleSignals;
  readonly restart: boolean;
}

const gaps = fc.oneof(
  { weight: 4, arbitrary: fc.constant(TICK) },
  fc.integer({ min: 1, max: TICK * 3 }),
  fc.constantFrom(MINUTE, 5 * MINUTE, 12 * MINUTE),
);

/** Slow enough that a window of half an hour is a matter of hundreds of ticks. */
const windowGaps = fc.oneof(fc.constant(TICK), fc.integer({ min: 5 * SECOND, max: 40 * MINUTE }));

function ticks(signals: fc.Arbitrary<AutoscaleSignals>): fc.Arbitrary<Tick[]> {
  const tick = fc.record({ afterMs: gaps, signals, restart: fc.boolean() });
  return fc.array(tick, { minLength: 1, maxLength: 25 });
}

interface Change {
  readonly atMs: number;
  readonly from: number;
  readonly to: number;
  readonly reasonCode: string;
  readonly beforePin: number | null;
}

/** Runs ticks one after the other; a restart (or another leader) reads the state back from its text. */
function walk(policy: AutoscalePolicy, first: AutoscaleState, run: readonly Tick[]): Change[] {
  let state = first;
  let now = T0;
  return run.map(({ afterMs, signals, restart }) => {
    now += afterMs;
    if (restart) state = JSON.parse(canonicalText(state)) as AutoscaleState;
    const { decision, nextState } = decideAutoscale(policy, state, signals, now);
    state = nextState;
    const { from, to, reasonCode } = decision;
    return { atMs: now, from, to, reasonCode, beforePin: nextState.beforePin };
  });
}

const startsAt = (policy: AutoscalePolicy, over: number) =>
  autoscaleState({
    capacity: policy.cap === null ? policy.floor + over : Math.min(policy.cap, policy.floor + over),
  });

describe('1. same input, same bytes', () => {
  test('the order of keys does not matter, in any kind', () => {
    fc.assert(
      fc.property(
        unattended,
        promotionCases,
        pressures,
        rolloutCases,
        (capacity, ladder, pressure, stage) => {
          const inputs = [
            ['autoscale', autoscaleState({ capacity: 2_048 }), capacity],
            ['promotion', ladder.state, ladder.signals],
            ['backpressure', INITIAL_BACKPRESSURE, pressure],
            ['rollout', stage.state, stage.signals],
          ] as const;
          for (const [kind, state, signals] of inputs) {
            const once = decide(kind, DEFAULT_POLICY, state, signals, T0);
            const again = decide(kind, reversed(DEFAULT_POLICY), reversed(state), reversed(signals), T0);
            expect(canonicalText(again)).toBe(canonicalText(once));
          }
        },
      ),
      RUNS,
    );
  });

  test('the jitter of ticks does not matter: the same windows are judged the same', () => {
    fc.assert(
      fc.property(
        fc.array(windowCounts, { minLength: 1, maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 40 * MINUTE }), { minLength: 1, maxLength: 20 }),
        (windows, jitter) => {
          expect(judgeAll(windows, (tick) => jitter[tick % jitter.length] as number)).toEqual(
            judgeAll(windows, () => TICK),
          );
        },
      ),
      { ...RUNS, numRuns: Math.ceil((RUNS.numRuns as number) / 4) },
    );
  });
});

describe('2. never above the cap, and below the floor only under a pin', () => {
  test('whatever the signals and orders', () => {
    fc.assert(
      fc.property(autoscalePolicies, fc.nat({ max: 6_000 }), ticks(attended(T0)), (policy, over, run) => {
        const changes = walk(policy, startsAt(policy, over), run);
        const outside = changes.filter(
          ({ to, beforePin }) =>
            to > (policy.cap ?? Number.MAX_SAFE_INTEGER) ||
            (beforePin === null && to < policy.floor) ||
            !Number.isInteger(to),
        );
        expect(outside).toEqual([]);
      }),
      RUNS,
    );
  });
});

describe('3. a guardrail step', () => {
  test('never raises, and is at most one a cooldown', () => {
    fc.assert(
      fc.property(autoscalePolicies, fc.nat({ max: 6_000 }), ticks(attended(T0)), (policy, over, run) => {
        const changes = walk(policy, startsAt(policy, over), run);
        const steps = changes.filter(({ reasonCode }) => reasonCode === 'guardrail_step_down');
        for (const { from, to } of steps) expect(to).toBeLessThan(from);
        steps.slice(1).forEach((step, index) => {
          expect(step.atMs - (steps[index] as Change).atMs).toBeGreaterThanOrEqual(policy.cooldownMs);
        });
      }),
      RUNS,
    );
  });

  test('a constant breach reaches the floor in ⌈log2(from / floor)⌉ steps', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_025, max: 1_000_000 }),
        fc.integer({ min: 1, max: 120 }),
        (from, tickSeconds) => {
          const policy = DEFAULT_POLICY.autoscale;
          let state = autoscaleState({ capacity: from });
          const at: number[] = [];
          for (let now = T0; state.capacity > policy.floor; now += tickSeconds * SECOND) {
            const { decision, nextState } = decideAutoscale(
              policy,
              state,
              autoscaleSignals(state, FAILING),
              now,
            );
            state = nextState;
            if (decision.action === 'lower') at.push(now);
          }
          expect(at.length).toBeLessThanOrEqual(Math.ceil(Math.log2(from / policy.floor)));
          expect(state.capacity).toBe(policy.floor);
        },
      ),
      { ...RUNS, numRuns: Math.ceil((RUNS.numRuns as number) / 4) },
    );
  });
});

describe('4. a raise', () => {
  test('is at most a ramp step in any ramp window, across restarts and leader changes', () => {
    fc.assert(
      fc.property(autoscalePolicies, fc.nat({ max: 2_000 }), ticks(unattended), (policy, over, run) => {
        const raises = walk(policy, startsAt(policy, over), run).filter(({ from, to }) => to > from);
        raises.forEach((first, index) => {
          const inWindow = raises.slice(index).filter(({ atMs }) => atMs - first.atMs < policy.rampWindowMs);
          const raised = inWindow.reduce((sum, { from, to }) => sum + to - from, 0);
          expect(raised).toBeLessThanOrEqual(policy.rampStep);
        });
      }),
      RUNS,
    );
  });
});

describe('5. constant input', () => {
  test('converges, then holds, and hardly changes its direction', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 3_000 }),
        unattended,
        fc.integer({ min: 15, max: 300 }),
        (over, signals, tickSeconds) => {
          const policy = { ...DEFAULT_POLICY.autoscale, cap: 4_096 };
          // No more than 48 steps from anywhere to anywhere, each at the first tick after its window, and the ten minutes
          // before the way down.
          const windowTicks = Math.ceil(policy.rampWindowMs / (tickSeconds * SECOND));
          const lengthMs = 60 * windowTicks * tickSeconds * SECOND;
          const run = Array.from({ length: Math.ceil(lengthMs / (tickSeconds * SECOND)) }, () => ({
            afterMs: tickSeconds * SECOND,
            signals: { ...signals, actuator: 'none' as const },
            restart: false,
          }));
          const changes = walk(policy, startsAt(policy, over), run);
          const end = changes.at(-1) as Change;
          const settled = changes.filter(({ atMs }) => end.atMs - atMs < 5 * policy.rampWindowMs);
          expect(new Set(settled.map(({ to }) => to)).size).toBe(1);
          const moves = changes
            .filter(({ from, to }) => from !== to)
            .map(({ from, to }) => Math.sign(to - from));
          const turns = moves.filter((move, index) => index > 0 && move !== moves[index - 1]).length;
          expect(turns).toBeLessThanOrEqual(lengthMs / policy.cooldownMs);
          expect(turns).toBeLessThanOrEqual(1);
        },
      ),
      { ...RUNS, numRuns: Math.ceil((RUNS.numRuns as number) / 20) },
    );
  });

  test('under any input, between a fall and the next raise there is a whole cooldown', () => {
    fc.assert(
      fc.property(autoscalePolicies, fc.nat({ max: 6_000 }), ticks(unattended), (policy, over, run) => {
        const moves = walk(policy, startsAt(policy, over), run).filter(({ from, to }) => from !== to);
        moves.slice(1).forEach((move, index) => {
          const last = moves[index] as Change;
          if (last.to < last.from && move.to > move.from) {
            expect(move.atMs - last.atMs).toBeGreaterThanOrEqual(policy.cooldownMs);
          }
        });
      }),
      RUNS,
    );
  });
});

describe('6. unknown', () => {
  const needed = [
    'finished',
    'dead',
    'duplicatesTotal',
    'activeWorkspaces',
    'backlog',
    'runnable',
    'inFlight',
  ] as const;

  test('never raises capacity', () => {
    fc.assert(
      fc.property(
        unattended,
        fc.nat({ max: 3_000 }),
        fc.constantFrom(...needed),
        contentionStates,
        (given, over, missing, contention) => {
          const state = autoscaleState({ capacity: 1_024 + over, contention });
          const signals = { ...given, [missing]: null };
          expect(decideAutoscale(DEFAULT_POLICY.autoscale, state, signals, T0).decision.action).not.toBe(
            'raise',
          );
        },
      ),
      RUNS,
    );
  });

  test('never raises capacity when any one measure of contention, or what runs, is not known', () => {
    const measures = Object.keys(CALM) as (keyof typeof CALM)[];
    for (const measure of measures) {
      const state = autoscaleState();
      const signals = autoscaleSignals(state, { contention: { ...CALM, [measure]: null } });
      const { decision } = decideAutoscale(DEFAULT_POLICY.autoscale, state, signals, T0);
      expect([measure, decision.reasonCode]).toEqual([measure, 'hold_signal_missing']);
    }
    const state = autoscaleState();
    const unseen = autoscaleSignals(state, { observedCapacity: null });
    expect(decideAutoscale(DEFAULT_POLICY.autoscale, state, unseen, T0).decision.reasonCode).toBe(
      'hold_signal_missing',
    );
  });

  test('never promotes', () => {
    fc.assert(
      fc.property(promotionCases, fc.nat({ max: 5 }), ({ state, signals }, which) => {
        const { window } = signals;
        const missing = [
          { ...signals, eligible: null },
          { ...signals, duplicatesTotal: null },
          { ...signals, window: null },
          { ...signals, window: window && { ...window, duplicates: null } },
          { ...signals, window: window && { ...window, queueAgeP95Ms: null } },
          { ...signals, window: window && { ...window, contention: 'unknown' as const } },
        ][which];
        expect(decidePromotion(promotion, state, missing as typeof signals, T0).decision.action).not.toBe(
          'raise',
        );
      }),
      RUNS,
    );
  });

  test('never advances a rollout', () => {
    fc.assert(
      fc.property(rolloutCases, fc.nat({ max: 7 }), ({ state, signals }, which) => {
        fc.pre(state.status !== 'draft');
        const lose = (name: keyof typeof signals.cohort) => ({
          ...signals,
          cohort: { ...signals.cohort, [name]: null },
        });
        const missing = [
          lose('enqueues'),
          lose('enqueueFailures'),
          lose('duplicateDispatches'),
          lose('finished'),
          lose('dead'),
          lose('queueAgeP95Ms'),
          { ...signals, duplicatesTotal: null },
          { ...signals, countedSinceMs: null },
        ][which] as typeof signals;
        const { decision } = decideRollout(rollout, state, missing, T0);
        expect(decision.to).toBeLessThanOrEqual(state.shareBp);
        expect(['advanced', 'stage_passed', 'completed']).not.toContain(decision.reasonCode);
      }),
      RUNS,
    );
  });

  test('never opens a door', () => {
    fc.assert(
      fc.property(backpressureStates, pressures, (state, signals) => {
        const blind =
          signals.scope === 'workspace'
            ? { ...signals, oldestRunnableMs: null }
            : { ...signals, contention: 'unknown' as const };
        expect(decideBackpressure(backpressure, state, blind, T0).decision.action).not.toBe('raise');
      }),
      RUNS,
    );
  });
});

/** Judges windows one after the other at ticks of any rate, and says what came of each. */
function judgeAll(windows: readonly WindowCounts[], gapMs: (tick: number) => number): PromotionDecision[] {
  let state: PromotionState = promotionState({ windowStartMs: T0 });
  const judged: PromotionDecision[] = [];
  let now = T0;
  for (let tick = 0; judged.length < windows.length; tick++) {
    now += gapMs(tick);
    do {
      const counts = windows[judged.length] as WindowCounts;
      const due = isWindowDue(promotion, state, now);
      const length = state.quota === 100 ? promotion.demotionWindowMs : promotion.windowMs;
      const window = due ? { ...healthyWindow(state.windowStartMs as number, length), ...counts } : null;
      const { decision, nextState } = decidePromotion(promotion, state, promotionSignals({ window }), now);
      if (decision.window) judged.push({ ...decision, window: null });
      state = nextState;
    } while (judged.length < windows.length && isWindowDue(promotion, state, now));
  }
  return judged;
}

describe('7. promotion', () => {
  test('needs four complete, disjoint, sufficiently sampled windows in a row', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 5, arbitrary: fc.constant(HEALTHY) }, windowCounts), {
          minLength: 4,
          maxLength: 14,
        }),
        windowGaps,
        (windows, gapMs) => {
          let state: PromotionState = promotionState();
          let now = T0;
          const row: { start: number; end: number; healthy: boolean }[] = [];
          for (const counts of windows) {
            while (!isWindowDue(promotion, state, now)) {
              now += gapMs;
              if (isWindowDue(promotion, state, now)) break;
              state = decidePromotion(promotion, state, promotionSignals(), now).nextState;
            }
            const window = { ...healthyWindow(state.windowStartMs as number, promotion.windowMs), ...counts };
            const { decision, nextState } = decidePromotion(
              promotion,
              state,
              promotionSignals({ window }),
              now,
            );
            row.push({ start: window.startMs, end: window.endMs, healthy: isHealthy(counts) });
            const last = row.slice(-4);
            const earned =
              last.length === 4 &&
              last.every(({ healthy }) => healthy) &&
              last.every(({ start }, index) => index === 0 || start === last[index - 1]?.end);
            expect(decision.reasonCode === 'gate_open').toBe(earned);
            if (decision.reasonCode === 'gate_open') {
              expect(now - (last[0]?.start as number)).toBeGreaterThanOrEqual(4 * promotion.windowMs);
              return;
            }
            state = nextState;
          }
        },
      ),
      { ...RUNS, numRuns: Math.ceil((RUNS.numRuns as number) / 4) },
    );
  });
});

const HEALTHY: WindowCounts = {
  finished: 500,
  dead: 0,
  duplicates: 0,
  queueAgeP95Ms: 100,
  queueAgeSamples: 500,
  contention: 'ok',
};

/** The definition, said once more in other words. */
function isHealthy(counts: WindowCounts): boolean {
  return (
    counts.finished >= 20 &&
    counts.dead / counts.finished < 0.005 &&
    counts.queueAgeP95Ms !== null &&
    counts.queueAgeP95Ms < 180_000 &&
    counts.queueAgeSamples > 0 &&
    counts.contention === 'ok' &&
    counts.duplicates === 0
  );
}

describe('8. demotion', () => {
  test('comes with exactly the second of two breached windows in a row, whatever the tick rate', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }), windowGaps, (breaches, gapMs) => {
        let state: PromotionState = promotedState();
        let now = T0;
        let judged = 0;
        while (judged < breaches.length && state.quota === 100) {
          now += gapMs;
          while (isWindowDue(promotion, state, now) && judged < breaches.length && state.quota === 100) {
            const dead = breaches[judged] ? 10 : 0;
            const window = healthyWindow(state.windowStartMs as number, promotion.demotionWindowMs, {
              finished: 500,
              dead,
            });
            state = decidePromotion(promotion, state, promotionSignals({ window }), now).nextState;
            judged += 1;
          }
        }
        const second = breaches.findIndex((breach, index) => breach && breaches[index - 1] === true);
        expect(state.quota).toBe(second === -1 ? 100 : 64);
        if (second !== -1) expect(judged).toBe(second + 1);
      }),
      { ...RUNS, numRuns: Math.ceil((RUNS.numRuns as number) / 4) },
    );
  });

  test('a duplicate send demotes within one tick, once an event', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 1 }), { minLength: 2, maxLength: 40 }), (events) => {
        let state: PromotionState = promotedState();
        let total = 0;
        let now = T0;
        let unseen = 0;
        for (const event of events) {
          now += TICK;
          total += event;
          unseen += event;
          const { decision, nextState } = decidePromotion(
            promotion,
            state,
            promotionSignals({ duplicatesTotal: total }),
            now,
          );
          expect(decision.reasonCode === 'duplicate_send_immediate_demotion').toBe(unseen > 0);
          unseen = 0;
          // An operator may promote by hand; the same event does not demote twice.
          state = { ...nextState, quota: 100, windowStartMs: now, requalifyAtMs: null };
        }
      }),
      RUNS,
    );
  });

  test('queue age alone never demotes', () => {
    fc.assert(
      fc.property(fc.nat({ max: 10_000_000 }), (queueAgeP95Ms) => {
        const window = healthyWindow(T0, promotion.demotionWindowMs, { queueAgeP95Ms });
        const { decision } = decidePromotion(
          promotion,
          promotedState({ breached: 1 }),
          promotionSignals({ window }),
          window.endMs,
        );
        expect(decision.to).toBe(100);
      }),
      { ...RUNS, numRuns: 200 },
    );
  });
});

describe('9. other workspaces', () => {
  test("adding, removing or permuting them changes nobody's decision", () => {
    fc.assert(
      fc.property(fc.array(promotionCases, { minLength: 1, maxLength: 12 }), fc.nat(), (cases, turn) => {
        const alone = cases.map(({ state, signals }) =>
          canonicalText(decidePromotion(promotion, state, signals, T0)),
        );
        const order = cases.map((_, index) => (index + turn) % cases.length);
        const among = new Map(
          [...order, ...order].map((index) => {
            const { state, signals } = cases[index] as (typeof cases)[number];
            return [index, canonicalText(decidePromotion(promotion, state, signals, T0))];
          }),
        );
        expect(cases.map((_, index) => among.get(index))).toEqual(alone);
      }),
      { ...RUNS, numRuns: Math.ceil((RUNS.numRuns as number) / 4) },
    );
  });
});

describe('10. cohorts', () => {
  test('nest: 5 % ⊂ 25 % ⊂ 100 %', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 63 }), fc.string({ maxLength: 63 }), (name, workspace) => {
        const isIn = [0, 500, 2_500, 10_000].map((share) => isInCohort(name, workspace, share));
        expect(isIn[0]).toBe(false);
        expect(isIn[3]).toBe(true);
        if (isIn[1]) expect(isIn[2]).toBe(true);
        expect(cohortPlace(name, workspace)).toBe(cohortPlace(name, workspace));
      }),
      RUNS,
    );
  });

  test('a stop returns to stable in one decision, wherever the rollout stands', () => {
    fc.assert(
      fc.property(rolloutCases, fc.constantFrom('abort', 'send', 'dispatch'), ({ state, signals }, stop) => {
        fc.pre(state.status !== 'draft');
        const given = { ...signals, countedSinceMs: state.holdStartMs };
        const stopped = {
          abort: { ...given, command: { number: 1, order: 'abort' as const, actor: 'key:op' } },
          send: { ...given, duplicatesTotal: 1, command: null },
          dispatch: { ...given, cohort: { ...given.cohort, duplicateDispatches: 1 }, command: null },
        }[stop] as typeof signals;
        const { decision, nextState } = decideRollout(rollout, state, stopped, T0);
        expect([decision.to, nextState.shareBp, nextState.holdStartMs]).toEqual([0, 0, null]);
        expect(['aborted', 'rolled_back']).toContain(nextState.status);
        expect(decideRollout(rollout, nextState, given, T0 + TICK).decision.to).toBe(0);
      }),
      RUNS,
    );
  });
});

describe('11. worsening one signal never yields a larger `to`', () => {
  const states = fc.record({
    over: fc.nat({ max: 3_000 }),
    contention: contentionStates,
    changedAtMs: earlier,
    stepDownAtMs: earlier,
    belowSinceMs: earlier,
    stopUntilMs: fc.option(fc.integer({ min: T0 - MINUTE, max: T0 + MINUTE }), { freq: 1, nil: null }),
    beforePin: fc.option(fc.integer({ min: 1, max: 5_000 }), { freq: 1, nil: null }),
  });

  test('capacity', () => {
    const worse = fc.constantFrom(
      'claimP95Ms',
      'locksLost',
      'stalledJobs',
      'eventLoopP99Ms',
      'ledgerLagMs',
      'redisMemoryBp',
      'dead',
      'duplicatesTotal',
    );
    fc.assert(
      fc.property(
        autoscalePolicies,
        states,
        attended(T0),
        worse,
        fc.nat({ max: 50_000 }),
        (policy, given, signals, which, by) => {
          const { over, ...rest } = given;
          const state = { ...startsAt(policy, over), ...rest };
          const add = (value: number | null) => (value === null ? null : value + by);
          const spoilt: AutoscaleSignals =
            which === 'dead' || which === 'duplicatesTotal'
              ? { ...signals, [which]: add(signals[which]) }
              : {
                  ...signals,
                  contention: {
                    ...signals.contention,
                    [which]: add(signals.contention[which as 'claimP95Ms']),
                  },
                };
          const better = decideAutoscale(policy, state, signals, T0).decision;
          const worsened = decideAutoscale(policy, state, spoilt, T0).decision;
          expect(worsened.to).toBeLessThanOrEqual(better.to);
        },
      ),
      { ...RUNS, numRuns: 3 * (RUNS.numRuns as number) },
    );
  });

  test('a quota', () => {
    fc.assert(
      fc.property(
        promotionCases,
        fc.nat({ max: 3 }),
        fc.nat({ max: 400_000 }),
        ({ state, signals }, which, by) => {
          const { window } = signals;
          const change = (part: Partial<WindowCounts>) => ({
            ...signals,
            window: window && { ...window, ...part },
          });
          const spoilt = [
            change({ dead: Math.min(window?.finished ?? 0, (window?.dead ?? 0) + by) }),
            change({ queueAgeP95Ms: window?.queueAgeP95Ms == null ? null : window.queueAgeP95Ms + by }),
            change({ contention: 'breach' }),
            {
              ...signals,
              duplicatesTotal: signals.duplicatesTotal === null ? null : signals.duplicatesTotal + by,
            },
          ][which] as typeof signals;
          const better = decidePromotion(promotion, state, signals, T0).decision;
          expect(decidePromotion(promotion, state, spoilt, T0).decision.to).toBeLessThanOrEqual(better.to);
        },
      ),
      RUNS,
    );
  });

  test('the opening of a door', () => {
    fc.assert(
      fc.property(
        backpressureStates,
        pressures,
        fc.boolean(),
        fc.nat({ max: 50_000 }),
        (state, signals, first, by) => {
          const add = (value: number | null) => (value === null ? null : value + by);
          const spoilt =
            signals.scope === 'cluster'
              ? first
                ? { ...signals, redisMemoryBp: add(signals.redisMemoryBp) }
                : { ...signals, contention: 'breach' as const }
              : first
                ? { ...signals, backlog: add(signals.backlog) }
                : { ...signals, oldestRunnableMs: add(signals.oldestRunnableMs) };
          const better = decideBackpressure(backpressure, state, signals, T0).decision;
          expect(decideBackpressure(backpressure, state, spoilt, T0).decision.to).toBeLessThanOrEqual(
            better.to,
          );
        },
      ),
      RUNS,
    );
  });

  test('the share of a rollout', () => {
    fc.assert(
      fc.property(
        rolloutCases,
        fc.nat({ max: 4 }),
        fc.nat({ max: 200_000 }),
        ({ state, signals }, which, by) => {
          const { cohort } = signals;
          const add = (value: number | null, max = Number.POSITIVE_INFINITY) =>
            value === null ? null : Math.max(value, Math.min(max, value + by));
          const spoilt = [
            { ...signals, cohort: { ...cohort, dead: add(cohort.dead, cohort.finished ?? 0) } },
            { ...signals, cohort: { ...cohort, enqueueFailures: add(cohort.enqueueFailures) } },
            { ...signals, cohort: { ...cohort, duplicateDispatches: add(cohort.duplicateDispatches) } },
            { ...signals, cohort: { ...cohort, queueAgeP95Ms: add(cohort.queueAgeP95Ms) } },
            { ...signals, duplicatesTotal: add(signals.duplicatesTotal) },
          ][which] as typeof signals;
          const better = decideRollout(rollout, state, signals, T0).decision;
          expect(decideRollout(rollout, state, spoilt, T0).decision.to).toBeLessThanOrEqual(better.to);
        },
      ),
      RUNS,
    );
  });
});

describe('12. two controllers', () => {
  const step = fc.record({
    who: fc.nat({ max: 1 }),
    does: fc.constantFrom('lease', 'write'),
    afterMs: fc.nat({ max: 12_000 }),
  });

  test('never both have a write accepted for one epoch, however long either was frozen', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
        let lease: DecidingLease | null = null;
        let now = T0;
        let storedSeq = 0;
        const believed: (number | null)[] = [null, null];
        const writers = new Map<number, number>();
        const accepted: { epoch: number; seq: number }[] = [];
        for (const { who, does, afterMs } of steps) {
          now += afterMs;
          if (does === 'lease') {
            const taken = takeLease(lease, `controller-${who}`, now, 10_000);
            lease = taken.lease;
            believed[who] = taken.held ? taken.lease.epoch : null;
            continue;
          }
          // A controller that was frozen writes in the belief that it still leads.
          const epoch = believed[who];
          if (epoch == null || lease === null) continue;
          const write = { epoch, seq: storedSeq + 1 };
          if (!isWriteAccepted(lease.epoch, storedSeq, write)) continue;
          storedSeq = write.seq;
          accepted.push(write);
          expect(writers.get(epoch) ?? who).toBe(who);
          writers.set(epoch, who);
        }
        accepted.slice(1).forEach((write, index) => {
          expect(write.epoch).toBeGreaterThanOrEqual((accepted[index] as typeof write).epoch);
          expect(write.seq).toBe((accepted[index] as typeof write).seq + 1);
        });
      }),
      RUNS,
    );
  });
});

/** The same value with its keys in the opposite order, all the way down. */
function reversed<T>(value: T): T {
  if (Array.isArray(value)) return value.map(reversed) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  ) as T;
}
