/** The orders of decision, line by line: what comes first when more than one line has something to say. */
import { describe, expect, test } from '@jest/globals';
import {
  type AutoscaleSignals,
  type AutoscaleState,
  type BackpressureSignals,
  type BackpressureState,
  type CohortCounts,
  DEFAULT_POLICY,
  decideAutoscale,
  decideBackpressure,
  decidePromotion,
  decideRollout,
  INITIAL_BACKPRESSURE,
  INITIAL_ROLLOUT,
  type PromotionSignals,
  type PromotionState,
  type RolloutSignals,
  type RolloutState,
} from '../../src/index.ts';
import {
  autoscaleSignals,
  autoscaleState,
  BLIND,
  FAILING,
  GOOD_COHORT,
  healthyWindow,
  MINUTE,
  promotedState,
  promotionSignals,
  promotionState,
  rolloutSignals,
  rolloutState,
  T0,
  TICK,
  UNMEASURED,
  workspacePressure,
} from './builders.ts';

const { autoscale, promotion, backpressure, rollout } = DEFAULT_POLICY;
const PIN = { capacity: 3_000, actor: 'key:op', expiresAtMs: T0 + MINUTE };
const STEP = { number: 1, by: 100, actor: 'key:op', expiresAtMs: T0 + MINUTE };

describe('capacity', () => {
  function decision(state: Partial<AutoscaleState>, signals: Partial<AutoscaleSignals>) {
    const before = autoscaleState(state);
    return decideAutoscale(autoscale, before, autoscaleSignals(before, signals), T0).decision;
  }
  const BUSY = { capacity: 2_048 };

  test.each<[string, Partial<AutoscaleState>, Partial<AutoscaleSignals>, string, number]>([
    ['a duplicate send before a pin', BUSY, { duplicatesTotal: 1, pin: PIN }, 'guardrail_step_down', 1_024],
    [
      'a lower pin before a duplicate send',
      BUSY,
      { duplicatesTotal: 1, pin: { ...PIN, capacity: 9 } },
      'operator_override',
      9,
    ],
    [
      'a stop that goes on before a pin',
      { ...BUSY, stopUntilMs: T0 + 1, stepDownAtMs: T0 - TICK },
      { pin: PIN },
      'guardrail_hold',
      2_048,
    ],
    ['a pin before a step', BUSY, { pin: PIN, step: STEP }, 'operator_override', 3_000],
    ['a pin before a breach', BUSY, { pin: PIN, ...FAILING }, 'operator_override', 3_000],
    ['the end of a pin before a breach', { ...BUSY, beforePin: 1_500 }, FAILING, 'override_expired', 1_500],
    ['a step before a breach', BUSY, { step: STEP, ...FAILING }, 'operator_step', 2_148],
    [
      'a breach before a missing signal',
      BUSY,
      { ...FAILING, activeWorkspaces: null },
      'guardrail_step_down',
      1_024,
    ],
    [
      'a cooldown before a second step',
      { ...BUSY, stepDownAtMs: T0 - MINUTE },
      FAILING,
      'guardrail_hold',
      2_048,
    ],
    [
      'a cooldown before everything healthy',
      { ...BUSY, stepDownAtMs: T0 - MINUTE },
      {},
      'hold_cooldown',
      2_048,
    ],
    [
      'a missing signal before quota-bound',
      BUSY,
      { runnable: 0, contention: BLIND },
      'hold_signal_missing',
      2_048,
    ],
    [
      'quota-bound before a demand step',
      { ...BUSY, belowSinceMs: T0 - 20 * MINUTE },
      { runnable: 0 },
      'hold_quota_bound',
      2_048,
    ],
    [
      'a demand step before the target',
      { ...BUSY, belowSinceMs: T0 - 10 * MINUTE },
      {},
      'demand_step_down',
      1_984,
    ],
    [
      'stabilizing before a demand step',
      { ...BUSY, belowSinceMs: T0 - 9 * MINUTE },
      {},
      'hold_stabilizing',
      2_048,
    ],
    [
      'the target before the ramp window',
      { changedAtMs: T0 - 1 },
      { activeWorkspaces: 1 },
      'hold_target_reached',
      1_024,
    ],
    [
      'the ramp window before what is not running yet',
      { changedAtMs: T0 - 1 },
      { observedCapacity: 1 },
      'hold_ramp_window',
      1_024,
    ],
    [
      'what is not running yet before a ramp step',
      {},
      { observedCapacity: 1 },
      'hold_actuation_pending',
      1_024,
    ],
    [
      'too few replicas before a ramp step',
      { replicas: 4 },
      { actuator: 'keda', observedReplicas: 3 },
      'hold_actuation_pending',
      1_024,
    ],
    ['a ramp step at last', { replicas: 4 }, { actuator: 'keda', observedReplicas: 5 }, 'ramp_step', 1_088],
  ])('%s', (_, state, signals, reasonCode, to) => {
    expect(decision(state, signals)).toMatchObject({ reasonCode, to });
  });

  test('limits are named: the step, the cap, the floor, the clamp', () => {
    expect(decision({}, { activeWorkspaces: 40 }).limiting).toEqual(['scale_up_limit']);
    expect(decision({ capacity: 1_500 }, FAILING)).toMatchObject({
      to: 1_024,
      desired: 750,
      limiting: ['at_floor'],
    });
    expect(decision({}, FAILING)).toMatchObject({ reasonCode: 'guardrail_hold', limiting: ['at_floor'] });
    const capped = { ...autoscale, cap: 1_050 };
    const state = autoscaleState();
    const { decision: at } = decideAutoscale(
      capped,
      state,
      autoscaleSignals(state, { activeWorkspaces: 40 }),
      T0,
    );
    expect(at).toMatchObject({ to: 1_050, target: 1_050, limiting: ['at_cap'] });
    const step = { ...STEP, by: -5_000 };
    expect(decision({}, { step })).toMatchObject({
      to: 1_024,
      desired: -3_976,
      limiting: ['override_clamped'],
    });
  });

  test('demand never takes more at once than a guardrail step would', () => {
    const small = { ...autoscale, floor: 10 };
    const state = autoscaleState({ capacity: 100, belowSinceMs: T0 - 10 * MINUTE });
    const { decision: at } = decideAutoscale(
      small,
      state,
      autoscaleSignals(state, { activeWorkspaces: 0 }),
      T0,
    );
    expect(at).toMatchObject({ reasonCode: 'demand_step_down', to: 50 });
  });

  test('while the need is not known, replicas are neither raised nor forgotten', () => {
    const needs = [{ startMs: T0, need: 900 }];
    const state = autoscaleState({ replicas: 4, needs });
    const { decision: at, nextState } = decideAutoscale(
      autoscale,
      state,
      autoscaleSignals(state, { inFlight: null }),
      T0,
    );
    expect([at.details.replicas, nextState.needs]).toEqual([4, needs]);
  });

  test('a cap that was lowered since holds at once', () => {
    const state = autoscaleState({ capacity: 5_000 });
    const { decision: at } = decideAutoscale(
      { ...autoscale, cap: 2_000 },
      state,
      autoscaleSignals(state),
      T0,
    );
    expect(at).toMatchObject({ to: 2_000, limiting: ['at_cap'] });
  });

  test('a step is taken once, and not after it expired', () => {
    const first = autoscaleState();
    const taken = decideAutoscale(autoscale, first, autoscaleSignals(first, { step: STEP }), T0);
    expect(taken.decision.to).toBe(1_124);
    const again = decideAutoscale(
      autoscale,
      taken.nextState,
      autoscaleSignals(taken.nextState, { step: STEP }),
      T0 + TICK,
    );
    expect(again.decision.reasonCode).not.toBe('operator_step');
    const late = decideAutoscale(autoscale, first, autoscaleSignals(first, { step: STEP }), STEP.expiresAtMs);
    expect(late.decision.reasonCode).not.toBe('operator_step');
  });

  test('few failures of few jobs are no breach, and counts that are missing are unknown', () => {
    expect(decision(BUSY, { finished: 19, dead: 19 }).guardrail.failureRate).toBe('ok');
    expect(decision(BUSY, { finished: 20, dead: 1 }).guardrail.failureRate).toBe('breach');
    expect(decision(BUSY, { finished: null }).guardrail.failureRate).toBe('unknown');
  });

  test('an exercise is only said, never decided by', () => {
    expect(decision({}, { synthetic: true })).toEqual(decision({}, { synthetic: false }));
  });
});

describe('the ladder', () => {
  function decision(
    state: PromotionState,
    signals: Partial<PromotionSignals>,
    now: number,
    policy = promotion,
  ) {
    return decidePromotion(policy, state, promotionSignals(signals), now);
  }
  const freeze = { actor: 'key:op', expiresAtMs: T0 + MINUTE };
  const bad = healthyWindow(T0, promotion.demotionWindowMs, { dead: 500 });

  test('switched off before frozen, frozen before a duplicate, and the duplicate counts when the freeze ends', () => {
    const off = decision(promotedState(), { freeze, duplicatesTotal: 1 }, T0, {
      ...promotion,
      enabled: false,
    });
    expect(off.decision).toMatchObject({ reasonCode: 'feature_disabled', to: 100 });
    const frozen = decision(promotedState(), { freeze, duplicatesTotal: 1 }, T0);
    expect(frozen.decision).toMatchObject({
      reasonCode: 'operator_freeze',
      to: 100,
      operatorOverride: { kind: 'freeze', actor: 'key:op', expiresAt: T0 + MINUTE },
    });
    const after = decision(frozen.nextState, { freeze, duplicatesTotal: 1 }, T0 + MINUTE);
    expect(after.decision).toMatchObject({ reasonCode: 'duplicate_send_immediate_demotion', to: 64 });
  });

  test('a duplicate before a demotion window, and a demotion window before lost eligibility', () => {
    const due = { window: bad, eligible: false };
    expect(
      decision(promotedState({ breached: 1 }), { ...due, duplicatesTotal: 1 }, bad.endMs).decision.reasonCode,
    ).toBe('duplicate_send_immediate_demotion');
    expect(decision(promotedState({ breached: 1 }), due, bad.endMs).decision.reasonCode).toBe(
      'demotion_gate_closed',
    );
    expect(decision(promotedState(), due, bad.endMs).decision).toMatchObject({
      reasonCode: 'not_eligible',
      to: 64,
    });
    expect(decision(promotedState(), { eligible: null }, T0 + 1).decision).toMatchObject({ to: 100 });
  });

  test('not eligible before the cooldown, the cooldown before a window, a thin window before a bad one', () => {
    const cooling = promotionState({ windowStartMs: T0, requalifyAtMs: T0 + MINUTE });
    expect(decision(cooling, { eligible: false }, T0).decision.reasonCode).toBe('not_eligible');
    expect(decision(cooling, {}, T0).decision.reasonCode).toBe('requalify_cooldown');
    const window = healthyWindow(T0, promotion.windowMs, { finished: 5, dead: 5 });
    expect(
      decision(promotionState({ windowStartMs: T0 }), { window }, window.endMs - 1).decision.reasonCode,
    ).toBe('healthy_window_waiting_interval');
    expect(
      decision(promotionState({ windowStartMs: T0 }), { window }, window.endMs).decision.reasonCode,
    ).toBe('window_insufficient_data');
  });

  test('after a demotion nothing counts for 30 minutes, and then four whole windows are needed', () => {
    const { nextState } = decision(promotedState({ breached: 1 }), { window: bad }, bad.endMs);
    expect(nextState).toMatchObject({ quota: 64, healthy: 0, requalifyAtMs: bad.endMs + 30 * MINUTE });
    expect(nextState.windowStartMs).toBe(bad.endMs + 30 * MINUTE);
    expect(decision(nextState, {}, bad.endMs + 30 * MINUTE - 1).decision.reasonCode).toBe(
      'requalify_cooldown',
    );
    expect(decision(nextState, {}, bad.endMs + 30 * MINUTE).decision.reasonCode).toBe(
      'healthy_window_waiting_interval',
    );
  });

  test('counts of another window than the one that is due are no counts', () => {
    const shifted = healthyWindow(T0 + 1, promotion.windowMs);
    const judged = decision(
      promotionState({ windowStartMs: T0 }),
      { window: shifted },
      T0 + promotion.windowMs,
    );
    expect(judged.decision.reasonCode).toBe('window_insufficient_data');
  });

  test('contention in the cluster counts towards demotion without a single finished job', () => {
    const window = healthyWindow(T0, promotion.demotionWindowMs, { finished: 0, contention: 'breach' });
    expect(decision(promotedState(), { window }, window.endMs).decision).toMatchObject({
      reasonCode: 'demotion_breach_recorded',
      limiting: ['contention'],
    });
  });

  test('a duplicate of one that is not promoted ends its row of healthy windows at once', () => {
    const { decision: at, nextState } = decision(
      promotionState({ windowStartMs: T0, healthy: 3 }),
      { duplicatesTotal: 1 },
      T0 + 1,
    );
    expect(at).toMatchObject({
      reasonCode: 'threshold_breach',
      limiting: ['duplicate_send'],
      action: 'hold',
    });
    expect(nextState).toMatchObject({ healthy: 0, windowStartMs: T0 + 1 });
  });

  test('while duplicates cannot be counted no window is called free of them', () => {
    const window = healthyWindow(T0, promotion.windowMs);
    const state = promotionState({ windowStartMs: T0, healthy: 3 });
    expect(decision(state, { window, duplicatesTotal: null }, window.endMs).decision).toMatchObject({
      reasonCode: 'window_insufficient_data',
      to: 64,
    });
  });

  test('duplicates from before a workspace was first looked at are no event', () => {
    const first = decision(promotedState({ duplicatesSeen: null }), { duplicatesTotal: 5 }, T0);
    expect(first.decision.to).toBe(100);
    expect(decision(first.nextState, { duplicatesTotal: 6 }, T0).decision.to).toBe(64);
  });

  test('what did not change is the very same state', () => {
    const waiting = promotionState({ windowStartMs: T0 });
    expect(decision(waiting, {}, T0 + 1).nextState).toBe(waiting);
    const never = promotionState();
    expect(decision(never, { eligible: false }, T0).nextState).toBe(never);
  });
});

describe('backpressure', () => {
  function follow(signals: readonly BackpressureSignals[], from: BackpressureState = INITIAL_BACKPRESSURE) {
    let state = from;
    return signals.map((each, index) => {
      const decided = decideBackpressure(backpressure, state, each, T0 + index * TICK);
      state = decided.nextState;
      return `${decided.decision.details.level} ${decided.decision.reasonCode}`;
    });
  }
  const cluster = (redisMemoryBp: number | null, contention: 'ok' | 'breach' | 'unknown' = 'ok') =>
    ({ scope: 'cluster', redisMemoryBp, contention, backlog: 0, synthetic: false }) as const;

  test.each<[Parameters<typeof workspacePressure>[0], string]>([
    [{ backlog: 500 }, 'none none'],
    [{ backlog: 501 }, 'soft backlog_limit'],
    [{ backlog: 999 }, 'soft backlog_limit'],
    [{ backlog: 1_000 }, 'hard backlog_limit'],
    [{ oldestRunnableMs: 60_000 }, 'none none'],
    [{ oldestRunnableMs: 60_001 }, 'soft queue_age_over_target'],
    [{ backlog: 1_000_000, maxBacklog: null }, 'none none'],
    [{ backlog: 5, waitingFor: 'slots' }, 'none quota_exhausted'],
    [{ backlog: 5, waitingFor: 'tokens' }, 'none rate_tokens_exhausted'],
    [{ backlog: 5, waitingFor: 'capacity' }, 'none capacity_exhausted'],
    [{ backlog: 5, waitingFor: 'pause' }, 'none operator_pause'],
    [{ backlog: 0, waitingFor: 'pause' }, 'none none'],
    [{ backlog: null, oldestRunnableMs: null }, 'none none'],
  ])('%j is %s', (given, expected) => {
    expect(follow([workspacePressure(given)])).toEqual([expected]);
  });

  test('the cluster: over 60 % is soft, over 70 % or contention is hard', () => {
    const one = (signals: BackpressureSignals) => follow([signals])[0];
    expect(one(cluster(6_000))).toBe('none none');
    expect(one(cluster(6_001))).toBe('soft redis_pressure');
    expect(one(cluster(7_000))).toBe('soft redis_pressure');
    expect(one(cluster(7_001))).toBe('hard redis_pressure');
    expect(one(cluster(1_000, 'breach'))).toBe('hard contention_guardrail');
    expect(one(cluster(7_001, 'breach'))).toBe('hard redis_pressure');
    expect(one(cluster(null, 'unknown'))).toBe('none none');
  });

  test('a block ends when everything was under 90 % of its line for three ticks, with one cleared', () => {
    const at = (backlog: number) => workspacePressure({ backlog });
    expect(follow([at(501), at(450), at(449), at(449), at(450), at(449), at(449), at(449), at(449)])).toEqual(
      [...Array(7).fill('soft backlog_limit'), 'none cleared', 'none none'],
    );
  });

  test('hard goes by soft when that is what is left', () => {
    const at = (backlog: number) => workspacePressure({ backlog });
    expect(follow([at(1_000), at(900), at(899), at(899), at(899), at(100), at(100), at(100)])).toEqual([
      ...Array(4).fill('hard backlog_limit'),
      ...Array(3).fill('soft backlog_limit'),
      'none cleared',
    ]);
  });

  test('a signal that is missing neither begins a block nor ends one', () => {
    const gone = workspacePressure({ backlog: null });
    const low = workspacePressure();
    expect(follow([workspacePressure({ backlog: 1_000 }), low, low, gone, low, low, low])).toEqual([
      ...Array(6).fill('hard backlog_limit'),
      'none cleared',
    ]);
  });

  test('says how many wait, for how long, and when to come again', () => {
    const full = workspacePressure({ backlog: 1_000, oldestRunnableMs: 70_000, waitingFor: 'slots' });
    const first = decideBackpressure(backpressure, INITIAL_BACKPRESSURE, full, T0);
    expect(first.decision).toMatchObject({ from: 2, to: 0, action: 'lower', limiting: ['quota_exhausted'] });
    expect(first.decision.details).toEqual({
      level: 'hard',
      deferredJobs: 1_000,
      blockedCycles: 1,
      oldestAgeMs: 70_000,
      retryAfterMs: 45_000,
    });
    const later = decideBackpressure(backpressure, first.nextState, full, T0 + 4 * TICK);
    expect(later.decision.details.blockedCycles).toBe(5);
    expect(later.nextState).toBe(first.nextState);
  });
});

describe('a rollout', () => {
  function decision(state: RolloutState, signals: Partial<RolloutSignals>, afterMs = 0) {
    return decideRollout(rollout, state, rolloutSignals(signals), T0 + afterMs).decision;
  }
  const order = (what: 'start' | 'pause' | 'resume' | 'abort') => ({
    number: 1,
    order: what,
    actor: 'key:op',
  });
  const bad = (part: Partial<CohortCounts>) => ({ cohort: { ...GOOD_COHORT, ...part } });

  test.each<[string, Partial<RolloutSignals>, string]>([
    ['3 of 299 enqueues failed', bad({ enqueues: 299, enqueueFailures: 3 }), 'stop_enqueue_failures'],
    ['3 of 300', bad({ enqueues: 300, enqueueFailures: 3 }), 'stage_holding'],
    ['2 of 2', bad({ enqueues: 2, enqueueFailures: 2 }), 'stage_holding'],
    ['a window dispatched twice', bad({ duplicateDispatches: 1 }), 'stop_duplicate_dispatch'],
    ['an effect sent twice anywhere', { duplicatesTotal: 1 }, 'stop_duplicate_send'],
    ['over 60 s and over twice the rest', bad({ queueAgeP95Ms: 60_001 }), 'stop_queue_lag'],
    ['60 s', bad({ queueAgeP95Ms: 60_000 }), 'stage_holding'],
    [
      '70 s against 35 s',
      { ...bad({ queueAgeP95Ms: 70_000 }), rest: { ...GOOD_COHORT, queueAgeP95Ms: 35_000 } },
      'stage_holding',
    ],
    ['2 points more failures', bad({ dead: 20 }), 'stop_error_regression'],
    ['1.9 points', bad({ dead: 19 }), 'stage_holding'],
    ['3 % against 1.1 %', { ...bad({ dead: 30 }), rest: { ...GOOD_COHORT, dead: 11 } }, 'stage_holding'],
    ['one dead job of one', bad({ finished: 1, dead: 1 }), 'stage_holding'],
    ['counts of another hold', { ...bad({ duplicateDispatches: 1 }), countedSinceMs: 0 }, 'stage_holding'],
  ])('%s: %s', (_, signals, reasonCode) => {
    const { reasonCode: said, to } = decision(rolloutState(), signals, MINUTE);
    expect([said, to]).toEqual([reasonCode, reasonCode === 'stage_holding' ? 500 : 0]);
  });

  test('starts, passes, goes on, and is complete', () => {
    let state: RolloutState = INITIAL_ROLLOUT;
    let now = T0;
    const said: string[] = [];
    while (state.status !== 'completed' && said.length < 20) {
      const signals = rolloutSignals({
        command: order('start'),
        countedSinceMs: state.holdStartMs,
        rest: state.shareBp === 10_000 ? UNMEASURED : GOOD_COHORT,
      });
      const decided = decideRollout(rollout, state, signals, now);
      said.push(`${decided.decision.reasonCode} ${decided.decision.to}`);
      state = decided.nextState;
      now += 15 * MINUTE;
    }
    const stage = (share: number) => [`stage_holding ${share}`, `stage_passed ${share}`];
    expect(said).toEqual([
      'stage_started 500',
      ...stage(500),
      'advanced 2500',
      ...stage(2_500),
      'advanced 10000',
      ...stage(10_000),
      'completed 10000',
    ]);
  });

  test('at 100 % the cohort is compared with the rest as it was; without that it is inconclusive', () => {
    const everybody = { stage: 2, shareBp: 10_000 };
    const baseline = { finished: 1_000, dead: 0, queueAgeP95Ms: 500 };
    const alone = { rest: UNMEASURED };
    expect(
      decision(rolloutState({ ...everybody, baseline }), { ...bad({ dead: 20 }), ...alone }).reasonCode,
    ).toBe('stop_error_regression');
    expect(decision(rolloutState(everybody), alone, rollout.holdMs).reasonCode).toBe('stage_inconclusive');
  });

  test('a pause keeps its share and is watched; going on begins the hold again', () => {
    const paused = decideRollout(
      rollout,
      rolloutState(),
      rolloutSignals({ command: order('pause') }),
      T0 + MINUTE,
    );
    expect(paused.decision).toMatchObject({
      reasonCode: 'paused',
      to: 500,
      operatorOverride: { kind: 'command' },
    });
    expect(decision(paused.nextState, {}, 9 * rollout.holdMs).reasonCode).toBe('paused');
    expect(decision(paused.nextState, { duplicatesTotal: 1 }, MINUTE).to).toBe(0);
    const resume = { ...order('resume'), number: 2 };
    const resumed = decideRollout(
      rollout,
      paused.nextState,
      rolloutSignals({ command: resume }),
      T0 + MINUTE,
    );
    expect(resumed.nextState).toMatchObject({ status: 'running', holdStartMs: T0 + MINUTE });
  });

  test('a stage does not pass while duplicate sends cannot be counted', () => {
    expect(decision(rolloutState(), { duplicatesTotal: null }, rollout.holdMs).reasonCode).toBe(
      'stage_inconclusive',
    );
  });

  test('abort before everything, and an order is taken once', () => {
    expect(decision(rolloutState(), { command: order('abort'), duplicatesTotal: 1 })).toMatchObject({
      reasonCode: 'aborted',
      to: 0,
    });
    const old = rolloutState({ commandNumber: 1 });
    expect(decision(old, { command: order('abort') }).reasonCode).toBe('stage_holding');
  });

  test('what is over stays over', () => {
    for (const status of ['completed', 'aborted', 'rolled_back'] as const) {
      const over = rolloutState({ status, holdStartMs: null });
      expect(decision(over, { command: order('start'), duplicatesTotal: 1 }).reasonCode).toBe(status);
    }
  });
});
