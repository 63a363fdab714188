import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type AutoscaleSignals,
  counterfactualOf,
  DEFAULT_POLICY,
  type DecisionRecord,
  decide,
  explainDecision,
  INITIAL_BACKPRESSURE,
  type Kind,
  type PromotionWindow,
  policyHash,
  type SignalsOf,
  type StateOf,
  sealDecision,
} from '../../src/index.ts';
import {
  autoscaleSignals,
  autoscaleState,
  FAILING,
  GOOD_COHORT,
  healthyWindow,
  promotedState,
  promotionSignals,
  promotionState,
  RUNS,
  rolloutSignals,
  rolloutState,
  sha256,
  T0,
  workspacePressure,
} from './builders.ts';

const { promotion } = DEFAULT_POLICY;

function record<K extends Kind>(kind: K, state: StateOf<K>, signals: SignalsOf<K>, now = T0): DecisionRecord {
  const subject = { type: 'workspace', id: 'acme' } as const;
  const context = {
    subject,
    epoch: 1,
    policyHash: policyHash(DEFAULT_POLICY, sha256),
    correlationId: 't',
    previous: null,
  };
  const decided = decide(kind, DEFAULT_POLICY, state, signals, now);
  return sealDecision(context, { kind, state, signals, now }, decided, sha256) as unknown as DecisionRecord;
}

function ladder(healthy: number, given: Partial<PromotionWindow>): DecisionRecord {
  const window = healthyWindow(T0, promotion.windowMs, given);
  return record(
    'promotion',
    promotionState({ windowStartMs: T0, healthy }),
    promotionSignals({ window }),
    window.endMs,
  );
}

const words = (of: DecisionRecord) => counterfactualOf(of, DEFAULT_POLICY)?.words;

describe('the smallest change of one signal', () => {
  test('0.3 points fewer failures would have promoted', () => {
    const at = ladder(3, { finished: 1_000, dead: 7 });
    expect(counterfactualOf(at, DEFAULT_POLICY)).toEqual({
      signal: 'window.dead',
      from: 7,
      value: 4,
      reasonCode: 'gate_open',
      to: 100,
      words: '0.3 points fewer failures (3 dead jobs) would have promoted: 64 → 100.',
    });
  });

  test('where no signal alone would have moved the quota, it is the window that would have counted', () => {
    expect(words(ladder(0, { queueAgeP95Ms: 181_000 }))).toBe(
      '1 s less queue age (p95) would have given healthy_window_recorded.',
    );
    expect(words(ladder(3, { finished: 17 }))).toBe('3 more finished jobs would have promoted: 64 → 100.');
    expect(words(ladder(3, { contention: 'breach' }))).toBe(
      'No contention in the cluster would have promoted: 64 → 100.',
    );
  });

  test('of two lines crossed, no single signal would have done', () => {
    expect(words(ladder(3, { queueAgeP95Ms: 181_000, dead: 500 }))).toBeUndefined();
  });

  test('a demotion that fewer failures would have prevented', () => {
    const window = healthyWindow(T0, promotion.demotionWindowMs, { finished: 1_000, dead: 25 });
    const at = record(
      'promotion',
      promotedState({ breached: 1 }),
      promotionSignals({ window }),
      window.endMs,
    );
    expect(words(at)).toBe('0.6 points fewer failures (6 dead jobs) would have prevented it: 100 stays.');
  });

  test('capacity, doors and rollouts', () => {
    const state = autoscaleState({ capacity: 2_048 });
    expect(words(record('autoscale', state, autoscaleSignals(state, { finished: 1_000, dead: 21 })))).toBe(
      '0.2 points fewer failures (2 dead jobs) would have prevented it: 2048 stays.',
    );
    const floor = autoscaleState();
    expect(words(record('autoscale', floor, autoscaleSignals(floor, { activeWorkspaces: 16 })))).toBe(
      '1 more active workspace would have raised capacity: 1024 → 1088.',
    );
    expect(words(record('backpressure', INITIAL_BACKPRESSURE, workspacePressure({ backlog: 510 })))).toBe(
      '10 fewer waiting jobs would have prevented it: 2 stays.',
    );
    const cohort = { ...GOOD_COHORT, dead: 22 };
    expect(words(record('rollout', rolloutState(), rolloutSignals({ cohort }), T0 + 1))).toBe(
      '0.3 points fewer failures (3 dead jobs) would have prevented it: 500 stays.',
    );
  });

  test('is none when only time is missing', () => {
    expect(
      counterfactualOf(
        record('promotion', promotionState({ windowStartMs: T0 }), promotionSignals()),
        DEFAULT_POLICY,
      ),
    ).toBeNull();
  });

  test('is the nearest: no smaller change of that signal changes the outcome', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 400 }), fc.nat({ max: 40 }), (finished, dead) => {
        const at = ladder(3, { finished, dead: Math.min(dead, finished) });
        const other = counterfactualOf(at, DEFAULT_POLICY);
        if (other?.signal !== 'window.dead') return;
        const step = Math.sign(other.value - other.from);
        for (let value = other.from; value !== other.value; value += step)
          expect(ladder(3, { finished, dead: value }).to).toBe(at.to);
        expect(ladder(3, { finished, dead: other.value }).to).toBe(other.to);
      }),
      { ...RUNS, numRuns: 50 },
    );
  });
});

describe('a decision in words', () => {
  const say = (signals: Partial<AutoscaleSignals>, capacity = 2_048) => {
    const state = autoscaleState({ capacity });
    return explainDecision(record('autoscale', state, autoscaleSignals(state, signals)), DEFAULT_POLICY);
  };

  test('has its numbers and its cause', () => {
    expect(say(FAILING)).toBe(
      'Capacity was cut from 2,048 to 1,024 jobs at once, because 50 % of jobs ended dead.',
    );
    expect(say({ activeWorkspaces: 17 }, 1_024)).toBe(
      'Capacity rises from 1,024 to 1,088 jobs at once: 17 active workspaces ask for 1,088.',
    );
    expect(say({ activeWorkspaces: null, inFlight: null })).toBe(
      'Capacity stays at 2,048 jobs at once: activeWorkspaces and inFlight could not be measured.',
    );
  });

  test('says when a step came to nothing', () => {
    const step = { number: 1, by: -8, actor: 'key:1a2b', expiresAtMs: Number.MAX_SAFE_INTEGER };
    expect(say({ step }, 1_024)).toBe(
      'Operator key:1a2b ordered a step to 1,016, and capacity stays at 1,024 jobs at once: it keeps between floor and cap.',
    );
    expect(say({ step })).toBe('Operator key:1a2b changed capacity from 2,048 to 2,040 jobs at once.');
  });

  test('calls an exercise one', () => {
    expect(say({ ...FAILING, synthetic: true })).toMatch(/^Exercise: Capacity was cut/);
  });
});
