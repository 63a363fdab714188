import { describe, expect, test } from '@jest/globals';
import {
  bucketOf,
  DEFAULT_POLICY,
  decideAutoscale,
  decidePromotion,
  HISTOGRAM_ERROR_BP,
  histogramOf,
  type PromotionState,
  quantileOf,
  queueAgeP95,
  replicasFor,
  runnableJobsOf,
} from '../../src/index.ts';
import {
  autoscaleSignals,
  autoscaleState,
  CALM,
  FAILING,
  healthyWindow,
  MINUTE,
  promotionSignals,
  promotionState,
  SECOND,
  T0,
} from './builders.ts';

const policy = DEFAULT_POLICY.autoscale;

function capacity(
  state: Parameters<typeof autoscaleState>[0],
  signals: Parameters<typeof autoscaleSignals>[1] = {},
) {
  const before = autoscaleState(state);
  const { decision } = decideAutoscale(policy, before, autoscaleSignals(before, signals), T0);
  return { target: decision.target, from: decision.from, to: decision.to, reasonCode: decision.reasonCode };
}

describe('the vectors of capacity', () => {
  test('17 active workspaces ask for 1088, and 1024 goes there by a ramp step', () => {
    expect(capacity({ capacity: 1_024 }, { activeWorkspaces: 17 })).toEqual({
      target: 1_088,
      from: 1_024,
      to: 1_088,
      reasonCode: 'ramp_step',
    });
  });

  test('20 workspaces, two minutes after a change, wait for the ramp window', () => {
    const answer = capacity({ capacity: 1_088, changedAtMs: T0 - 2 * MINUTE }, { activeWorkspaces: 20 });
    expect(answer).toMatchObject({ to: 1_088, reasonCode: 'hold_ramp_window' });
  });

  test.each([1_408, 2_048])('%i with a breach steps down to 1024', (from) => {
    expect(capacity({ capacity: from }, FAILING)).toMatchObject({
      to: 1_024,
      reasonCode: 'guardrail_step_down',
    });
  });

  test('a pin of 222 is 222', () => {
    const pin = { capacity: 222, actor: 'key:op', expiresAtMs: T0 + MINUTE };
    expect(capacity({ capacity: 1_024 }, { pin })).toMatchObject({
      to: 222,
      reasonCode: 'operator_override',
    });
  });

  test('capacity at the target, or above it, has reached it', () => {
    expect(capacity({ capacity: 1_088 })).toMatchObject({ to: 1_088, reasonCode: 'hold_target_reached' });
    expect(capacity({ capacity: 4_096 })).toMatchObject({ to: 4_096, reasonCode: 'hold_target_reached' });
  });

  test('no workspaces ask for the floor', () => {
    expect(capacity({ capacity: 1_024 }, { activeWorkspaces: 0 })).toMatchObject({
      target: 1_024,
      to: 1_024,
    });
  });
});

describe('the vectors of queue age', () => {
  test('p95 of 1, 30, 300 and 600 s is 600 s, by nearest rank', () => {
    const ages = [1, 30, 300, 600].map((seconds) => seconds * SECOND);
    expect(queueAgeP95(ages)).toEqual({ valueMs: 600_000, samples: 4 });
  });

  test('of none it is 0 on 0 samples', () => {
    expect(queueAgeP95([])).toEqual({ valueMs: 0, samples: 0 });
    expect(quantileOf(histogramOf([]), 9_500)).toEqual({ valueMs: 0, samples: 0 });
  });

  test('an age below 0 is 0', () => {
    expect(queueAgeP95([-5_000])).toEqual({ valueMs: 0, samples: 1 });
    expect(bucketOf(-5_000)).toBe(0);
  });

  test('the index is the ceiling of 0.95 n, less one, for every n', () => {
    for (let n = 1; n <= 300; n++) {
      const ages = Array.from({ length: n }, (_, index) => index);
      // In whole numbers: ⌈19 n / 20⌉ − 1.
      expect(queueAgeP95(ages).valueMs).toBe(Math.floor((19 * n + 19) / 20) - 1);
    }
  });

  test('from the histogram it is at least that, and more by less than the stated error', () => {
    const ages = [1, 30, 300, 600].map((seconds) => seconds * SECOND);
    const { valueMs } = quantileOf(histogramOf(ages), 9_500);
    expect(valueMs).toBeGreaterThanOrEqual(600_000);
    expect(valueMs * 10_000).toBeLessThan(600_000 * (10_000 + HISTOGRAM_ERROR_BP));
  });
});

describe('the arithmetic of demand', () => {
  test.each([
    [{ backlog: 10, unusedConcurrency: 4, availableTokens: 7 }, 4],
    [{ backlog: 10, unusedConcurrency: 20, availableTokens: 7 }, 7],
    [{ backlog: 3, unusedConcurrency: 20, availableTokens: 7 }, 3],
    [{ backlog: 10, unusedConcurrency: null, availableTokens: null }, 10],
    [{ backlog: 10, unusedConcurrency: -2, availableTokens: null }, 0],
  ])('%j is runnable: %i', (load, expected) => {
    expect(runnableJobsOf(load)).toBe(expected);
  });

  test.each([
    [2_048, 0, 1],
    [2_048, 300, 2],
    [2_048, 512, 2],
    [2_048, 513, 3],
    [1_024, 9_000, 4],
  ])('capacity %i with a need of %i wants %i replicas', (to, need, replicas) => {
    expect(replicasFor(policy, to, need)).toBe(replicas);
  });
});

describe('contention in a decision', () => {
  test('the decision says which measure it is', () => {
    const over = { ...CALM, claimP95Ms: 51, redisMemoryBp: 7_001 };
    const first = autoscaleState({ capacity: 2_048 });
    const once = decideAutoscale(policy, first, autoscaleSignals(first, { contention: over }), T0);
    expect(once.decision.guardrail.contention).toBe('ok');
    const twice = decideAutoscale(
      policy,
      once.nextState,
      autoscaleSignals(once.nextState, { contention: over }),
      T0 + 1,
    );
    expect(twice.decision).toMatchObject({
      reasonCode: 'guardrail_step_down',
      guardrail: { contention: 'breach' },
      details: { contention: ['claim_latency', 'redis_memory'] },
    });
  });
});

describe('the vectors of the ladder', () => {
  test('four healthy windows promote from 64 to 100, and the lines themselves are not healthy', () => {
    const lines = [
      { queueAgeP95Ms: 180_000 },
      { dead: 5 },
      { duplicates: 1 },
      { contention: 'breach' as const },
    ];
    for (const bad of [undefined, ...lines]) {
      let state: PromotionState = promotionState({ windowStartMs: T0, healthy: 3 });
      const window = healthyWindow(T0, 30 * MINUTE, bad);
      const judged = decidePromotion(
        DEFAULT_POLICY.promotion,
        state,
        promotionSignals({ window }),
        T0 + 30 * MINUTE,
      );
      state = judged.nextState;
      expect([judged.decision.reasonCode, state.quota]).toEqual(
        bad ? ['threshold_breach', 64] : ['gate_open', 100],
      );
    }
  });

  test('just under each line is healthy', () => {
    const window = healthyWindow(T0, 30 * MINUTE, { queueAgeP95Ms: 179_999, dead: 4, finished: 1_000 });
    const state = promotionState({ windowStartMs: T0 });
    const { decision } = decidePromotion(
      DEFAULT_POLICY.promotion,
      state,
      promotionSignals({ window }),
      T0 + 30 * MINUTE,
    );
    expect(decision.reasonCode).toBe('healthy_window_recorded');
  });
});
