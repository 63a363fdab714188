import { expect, test } from '@jest/globals';
import {
  canonicalText,
  DEFAULT_POLICY,
  decideAutoscale,
  decidePromotion,
  decideRollout,
  isWindowDue,
  type PromotionState,
  type PromotionWindow,
} from '../../src/index.ts';
import {
  autoscaleSignals,
  autoscaleState,
  FAILING,
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
} from './builders.ts';

const { autoscale, promotion, rollout } = DEFAULT_POLICY;

test('a step down from below the floor does not raise', () => {
  const state = autoscaleState({ capacity: 100 });
  const { decision } = decideAutoscale(autoscale, state, autoscaleSignals(state, FAILING), T0);
  expect(decision).toMatchObject({ from: 100, to: 100, action: 'hold', reasonCode: 'guardrail_hold' });
});

test('four ticks of breach are one step, not four', () => {
  let state = autoscaleState({ capacity: 16_384 });
  const capacities = [0, 1, 2, 3].map((tick) => {
    state = decideAutoscale(autoscale, state, autoscaleSignals(state, FAILING), T0 + tick * TICK).nextState;
    return state.capacity;
  });
  expect(capacities).toEqual([8_192, 8_192, 8_192, 8_192]);
});

test('capacity falls when demand has shrunk for ten minutes, a step a ramp window', () => {
  let state = autoscaleState({ capacity: 1_280 });
  const changes: [number, number][] = [];
  for (let at = 0; at <= 40 * MINUTE; at += TICK) {
    const decided = decideAutoscale(
      autoscale,
      state,
      autoscaleSignals(state, { activeWorkspaces: 3 }),
      T0 + at,
    );
    state = decided.nextState;
    if (decided.decision.action !== 'hold') changes.push([at / MINUTE, state.capacity]);
  }
  expect(changes).toEqual([
    [10, 1_216],
    [15, 1_152],
    [20, 1_088],
    [25, 1_024],
  ]);
});

test('four windows of 30 minutes are not over before minute 120', () => {
  let state: PromotionState = promotionState();
  let promotedAt: number | null = null;
  for (let at = 0; promotedAt === null && at <= 240 * MINUTE; at += TICK) {
    const now = T0 + at;
    const due = isWindowDue(promotion, state, now);
    const window = due ? healthyWindow(state.windowStartMs as number, promotion.windowMs) : null;
    state = decidePromotion(promotion, state, promotionSignals({ window }), now).nextState;
    if (state.quota === 100) promotedAt = at;
  }
  expect(promotedAt).toBe(120 * MINUTE);
});

test('half of the jobs failing for a day demotes, although a healthy tick comes between two bad ones', () => {
  // The whole window's counts are judged; no tick of it is looked at by itself.
  let state: PromotionState = promotedState();
  const reasons: string[] = [];
  for (let window = 0; window < 2; window++) {
    const startMs = state.windowStartMs as number;
    const counts = healthyWindow(startMs, promotion.demotionWindowMs, { finished: 600, dead: 300 });
    const decided = decidePromotion(promotion, state, promotionSignals({ window: counts }), counts.endMs);
    reasons.push(decided.decision.reasonCode);
    state = decided.nextState;
  }
  expect(reasons).toEqual(['demotion_breach_recorded', 'demotion_gate_closed']);
  expect(state.quota).toBe(64);
});

test('a tenant whose hourly batch fails whole is demoted, although the windows between are empty', () => {
  let state: PromotionState = promotedState();
  for (let window = 0; state.quota === 100 && window < 8; window++) {
    const failing = window % 4 === 0;
    const counts = failing ? { finished: 50, dead: 50 } : { finished: 0, dead: 0, queueAgeSamples: 0 };
    const judged = healthyWindow(state.windowStartMs as number, promotion.demotionWindowMs, counts);
    state = decidePromotion(promotion, state, promotionSignals({ window: judged }), judged.endMs).nextState;
  }
  expect(state.quota).toBe(64);
});

test.each<[string, Partial<PromotionWindow>]>([
  ['empty', { finished: 0, queueAgeP95Ms: 0, queueAgeSamples: 0 }],
  ['thin', { finished: 19 }],
])('an %s window is insufficient data and not healthy', (_, given) => {
  const state = promotionState({ windowStartMs: T0, healthy: 3 });
  const window = healthyWindow(T0, promotion.windowMs, given);
  const { decision, nextState } = decidePromotion(
    promotion,
    state,
    promotionSignals({ window }),
    window.endMs,
  );
  expect(decision).toMatchObject({ reasonCode: 'window_insufficient_data', to: 64 });
  expect(nextState.healthy).toBe(0);
});

test('a restart loses nothing: states that went through a database decide the same', () => {
  const reread = <T>(state: T): T => JSON.parse(JSON.stringify(state)) as T;
  const capacity = autoscaleState({ capacity: 4_096, stepDownAtMs: T0 - MINUTE, changedAtMs: T0 - MINUTE });
  const ladder = promotionState({ windowStartMs: T0 - promotion.windowMs, healthy: 3 });
  const window = healthyWindow(T0 - promotion.windowMs, promotion.windowMs);
  const once = [
    decideAutoscale(autoscale, capacity, autoscaleSignals(capacity, FAILING), T0),
    decidePromotion(promotion, ladder, promotionSignals({ window }), T0),
  ];
  const again = [
    decideAutoscale(autoscale, reread(capacity), autoscaleSignals(capacity, FAILING), T0),
    decidePromotion(promotion, reread(ladder), promotionSignals({ window }), T0),
  ];
  expect(canonicalText(again)).toBe(canonicalText(once));
  expect(once.map((each) => each.decision.reasonCode)).toEqual(['guardrail_hold', 'gate_open']);
});

test("one tenant's breach is not another's", () => {
  const bad = healthyWindow(T0, promotion.windowMs, { dead: 500 });
  const good = healthyWindow(T0, promotion.windowMs);
  const begun = promotionState({ windowStartMs: T0 });
  decidePromotion(promotion, begun, promotionSignals({ window: bad }), bad.endMs);
  const { decision } = decidePromotion(promotion, begun, promotionSignals({ window: good }), good.endMs);
  expect(decision.reasonCode).toBe('healthy_window_recorded');
});

test('an override of 9,999,999 during a breach is clamped to the cap, expires, and says who', () => {
  const policy = { ...autoscale, cap: 4_096 };
  const pin = { capacity: 9_999_999, actor: 'key:abc', expiresAtMs: T0 + MINUTE };
  const state = autoscaleState({ capacity: 2_048 });
  const { decision, nextState } = decideAutoscale(
    policy,
    state,
    autoscaleSignals(state, { ...FAILING, pin }),
    T0,
  );
  expect(decision).toMatchObject({
    to: 4_096,
    desired: 9_999_999,
    reasonCode: 'operator_override',
    limiting: ['override_clamped'],
    guardrail: { failureRate: 'breach' },
    operatorOverride: { kind: 'pin', actor: 'key:abc', expiresAt: T0 + MINUTE },
  });
  const later = decideAutoscale(policy, nextState, autoscaleSignals(nextState, { pin }), T0 + MINUTE);
  expect(later.decision).toMatchObject({ reasonCode: 'override_expired', to: 2_048, operatorOverride: null });
});

test.each([
  ['nothing was measured', { cohort: UNMEASURED, rest: UNMEASURED }],
  ['the cohort did nothing', { cohort: { ...UNMEASURED, finished: 0, dead: 0 } }],
  ['the cohort did too little', { cohort: { ...rolloutSignals().cohort, finished: 99 } }],
  ['the counts are of another hold', { countedSinceMs: T0 - 1 }],
])('a canary is inconclusive and does not advance: %s', (_, given) => {
  let state = rolloutState();
  for (const wait of [rollout.holdMs, 2 * rollout.holdMs, 50 * rollout.holdMs]) {
    const decided = decideRollout(rollout, state, rolloutSignals(given), T0 + wait);
    expect(decided.decision).toMatchObject({ reasonCode: 'stage_inconclusive', to: 500 });
    state = decided.nextState;
  }
});

test('replicas are not scaled in below what runs and is needed, and too many of them is not "pending"', () => {
  let state = autoscaleState({ capacity: 2_048, replicas: 8 });
  const busy = autoscaleSignals(state, {
    activeWorkspaces: 32,
    inFlight: 2_000,
    runnable: 0,
    backlog: 0,
    actuator: 'process',
    observedReplicas: 8,
  });
  state = decideAutoscale(autoscale, state, busy, T0).nextState;
  expect(state.replicas).toBe(8);
  const idle = { ...busy, inFlight: 0 };
  for (let at = TICK; at <= 10 * MINUTE; at += TICK) {
    state = decideAutoscale(autoscale, state, idle, T0 + at).nextState;
    expect(state.replicas).toBe(8);
  }
  const later = decideAutoscale(autoscale, state, idle, T0 + 12 * MINUTE);
  expect(later.nextState.replicas).toBe(1);
  const draining = decideAutoscale(autoscale, later.nextState, idle, T0 + 12 * MINUTE + TICK);
  expect(draining.decision.actuation).toMatchObject({ outcome: 'agreed', observed: { replicas: 8 } });
});

test('a step of 64 on 1024 changes the replicas that are asked for, outright and not as a ratio', () => {
  const state = autoscaleState({ capacity: 1_024, replicas: 4 });
  const signals = autoscaleSignals(state, { activeWorkspaces: 17, inFlight: 1_024, runnable: 900 });
  const { decision } = decideAutoscale(autoscale, state, signals, T0);
  expect(decision).toMatchObject({ to: 1_088, details: { replicas: 5 } });
});
