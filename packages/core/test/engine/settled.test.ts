import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  advanceSubject,
  type BackpressureSignals,
  DEFAULT_POLICY,
  INITIAL_BACKPRESSURE,
  initialPromotion,
  type Kind,
  openWindow,
  type PromotionSignals,
  policyFrom,
  policyHash,
  type SignalsOf,
  type SubjectMemory,
} from '../../src/index.ts';
import { healthyWindow, promotionSignals, sha256, T0 } from './builders.ts';

/** Windows of a few ticks, so that much happens. */
const POLICY = policyFrom({
  promotion: { windowMs: 40, windows: 2, demotionWindowMs: 30, requalifyMs: 50, minFinished: 1 },
});
const POLICIES = [POLICY, DEFAULT_POLICY].map((policy) => ({ policy, hash: policyHash(policy, sha256) }));

const PROMOTION: readonly PromotionSignals[] = [
  promotionSignals(),
  promotionSignals({ eligible: false }),
  promotionSignals({ eligible: null }),
  promotionSignals({ duplicatesTotal: 1 }),
  promotionSignals({ freeze: { actor: 'k', expiresAtMs: T0 + 200 } }),
  promotionSignals({ freeze: { actor: 'k', expiresAtMs: null } }),
].map((signals) => Object.freeze(signals));
const PRESSURE: readonly BackpressureSignals[] = [10, 60, 100].map((backlog) =>
  Object.freeze({
    ...{
      scope: 'workspace',
      backlog,
      maxBacklog: 100,
      oldestRunnableMs: 0,
      waitingFor: null,
      synthetic: false,
    },
  } as const),
);

interface Step {
  readonly signals: number;
  readonly afterMs: number;
  readonly policy: number;
  /** Of a window that is due: whether it is judged now, and how many of its jobs ended dead. */
  readonly judged: boolean;
  readonly dead: number;
}

/** Two leaders: one is given the same frozen objects again and again, the other one a copy each time. */
function compare<K extends Kind>(
  kind: K,
  initial: SubjectMemory<K>,
  steps: readonly Step[],
  signalsOf: (step: Step, memory: SubjectMemory<K>, now: number) => SignalsOf<K>,
): void {
  let [kept, asked] = [initial, initial];
  let now = T0;
  for (const step of steps) {
    now += step.afterMs;
    const { policy, hash } = POLICIES[step.policy] as (typeof POLICIES)[number];
    const context = {
      subject: { type: 'workspace', id: 'w' },
      epoch: 1,
      policyHash: hash,
      correlationId: `t${now}`,
    } as const;
    const signals = signalsOf(step, asked, now);
    const one = advanceSubject(kind, kept, policy, signals, now, context, sha256);
    const other = advanceSubject(kind, asked, policy, { ...signals }, now, context, sha256);
    expect(one.decision).toEqual(other.decision);
    expect(one.record).toEqual(other.record);
    [kept, asked] = [one.memory, other.memory];
    expect([kept.state, kept.last]).toEqual([asked.state, asked.last]);
    expect(asked.settled).toBeUndefined();
  }
}

const steps = fc.array(
  fc.record({
    signals: fc.oneof({ arbitrary: fc.constant(0), weight: 3 }, fc.nat(5)),
    afterMs: fc.nat(25),
    policy: fc.nat(12).map((n) => (n === 0 ? 1 : 0)),
    judged: fc.boolean(),
    dead: fc.oneof(fc.constant(0), fc.nat(100)),
  }),
  { maxLength: 60 },
);

test('what is kept of a promotion is what would be found out again, at any time', () => {
  fc.assert(
    fc.property(steps, (all) => {
      compare(
        'promotion',
        { state: initialPromotion(POLICY.promotion), last: null },
        all,
        (step, { state }, now) => {
          const given = PROMOTION[step.signals] as PromotionSignals;
          const open = openWindow(POLICY.promotion, state);
          if (open === null || now < open.endMs || !step.judged) return given;
          const window = healthyWindow(open.startMs, open.endMs - open.startMs, { dead: step.dead * 10 });
          return Object.freeze({ ...given, window });
        },
      );
    }),
    { numRuns: 300 },
  );
});

test('what is kept of backpressure is what would be found out again', () => {
  fc.assert(
    fc.property(steps, (all) => {
      compare('backpressure', { state: INITIAL_BACKPRESSURE, last: null }, all, (step) => {
        return PRESSURE[step.signals % PRESSURE.length] as BackpressureSignals;
      });
    }),
    { numRuns: 300 },
  );
});

test('a quiet workspace is decided once, and then told the same object until its window is over', () => {
  const { policy, hash } = POLICIES[1] as (typeof POLICIES)[number];
  const context = {
    subject: { type: 'workspace', id: 'w' },
    epoch: 1,
    policyHash: hash,
    correlationId: 't',
  } as const;
  const advance = (memory: SubjectMemory<'promotion'>, now: number) =>
    advanceSubject('promotion', memory, policy, PROMOTION[0] as PromotionSignals, now, context, sha256);
  const first = advance({ state: initialPromotion(policy.promotion), last: null }, T0);
  expect(first.record?.reasonCode).toBe('healthy_window_waiting_interval');
  const second = advance(first.memory, T0 + 15_000);
  expect(advance(second.memory, T0 + 30_000)).toBe(second);
  expect(advance(second.memory, T0 + policy.promotion.windowMs).record?.reasonCode).toBe(
    'window_insufficient_data',
  );
});
