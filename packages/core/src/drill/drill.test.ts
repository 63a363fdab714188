import { expect, test } from '@jest/globals';
import { decideAutoscale } from '../autoscale/decide.ts';
import { DEFAULT_AUTOSCALE_POLICY as POLICY } from '../autoscale/policy.ts';
import type { AutoscaleSignals } from '../autoscale/signals.ts';
import { type AutoscaleState, initialAutoscale } from '../autoscale/state.ts';
import { CONTENTION_MEASURES } from '../contention/contention.ts';
import { DRILL_SIGNALS, type Drill, injectAutoscale, injectContention } from './drill.ts';

const CALM: AutoscaleSignals = {
  contention: {
    claimP95Ms: 5,
    locksLost: 0,
    runningJobs: 10,
    stalledJobs: 0,
    startedJobs: 10,
    eventLoopP99Ms: 20,
    ledgerLagMs: 100,
    redisMemoryBp: 2_500,
  },
  finished: 100,
  dead: 0,
  duplicatesTotal: 3,
  activeWorkspaces: 32,
  backlog: 0,
  runnable: 0,
  inFlight: 10,
  pin: null,
  step: null,
  actuator: 'none',
  observedCapacity: 2_048,
  observedReplicas: 8,
  synthetic: false,
};

/** What two ticks decide under a drill: contention takes two samples. */
function decided(drills: readonly Drill[]) {
  const first: AutoscaleState = { ...initialAutoscale(POLICY, 2_048), duplicatesSeen: 3 };
  const signals = injectAutoscale(CALM, drills);
  const { nextState, decision } = decideAutoscale(POLICY, first, signals, 1_000_000);
  const next = decideAutoscale(POLICY, nextState, signals, 1_015_000).decision;
  return { reasons: [decision.reasonCode, next.reasonCode], contention: next.details.contention, signals };
}

test('without a drill the signals are the very same', () => {
  expect(injectAutoscale(CALM, [])).toBe(CALM);
  expect(injectContention(CALM.contention, [])).toBe(CALM.contention);
});

test.each(CONTENTION_MEASURES)('%s can be drilled into a breach that is marked as an exercise', (signal) => {
  const { reasons, contention, signals } = decided([{ signal, value: 100_000 }]);
  expect([reasons, contention, signals.synthetic]).toEqual([
    ['hold_target_reached', 'guardrail_step_down'],
    [signal],
    true,
  ]);
});

test.each([
  ['failure_rate', 500],
  ['duplicate_sends', 1],
] as const)('%s cuts capacity within one tick', (signal, value) => {
  expect(decided([{ signal, value }]).reasons[0]).toBe('guardrail_step_down');
});

test.each(DRILL_SIGNALS)('%s can be said not to be measurable, which never raises', (signal) => {
  const want = { ...CALM, activeWorkspaces: 64, runnable: 500, backlog: 500 };
  const state = initialAutoscale(POLICY, 2_048);
  expect(decideAutoscale(POLICY, state, want, 1).decision.reasonCode).toBe('ramp_step');
  const blind = injectAutoscale(want, [{ signal, value: null }]);
  expect(decideAutoscale(POLICY, state, blind, 1).decision.reasonCode).toBe('hold_signal_missing');
});
