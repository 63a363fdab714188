import { expect, jest, test } from '@jest/globals';
import {
  counterfactualOf,
  DEFAULT_POLICY,
  type DecisionRecord,
  decide,
  explainDecision,
  SCENARIOS,
  type Scenario,
  SIMULATION_START_MS,
  type Simulation,
  simulate,
  verifyDecisionLog,
  writeDecisionLog,
} from '../../src/index.ts';
import { sha256 } from './builders.ts';

jest.setTimeout(180_000);

const ran = new Map<string, Simulation>();

function run(name: string): Simulation {
  const found = ran.get(name) ?? simulate(SCENARIOS[name] as Scenario, DEFAULT_POLICY, 1, sha256);
  ran.set(name, found);
  return found;
}

function records(name: string): readonly DecisionRecord[] {
  return run(name).log.records;
}

/** [minute, from, to] of each decision with a reason. */
function moves(name: string, reasonCode: string): [number, number, number][] {
  return records(name)
    .filter((record) => record.reasonCode === reasonCode)
    .map(({ evaluatedAt, from, to }) => [
      Math.round((evaluatedAt - SIMULATION_START_MS) / 6_000) / 10,
      from,
      to,
    ]);
}

// The day is the long one: `fairlead simulate --scenario day` runs it.
const SHORT = Object.keys(SCENARIOS).filter((name) => name !== 'day');

test.each(SHORT)('%s: every decision is taken again from its record, byte for byte', (name) => {
  const text = writeDecisionLog(run(name).log, sha256);
  const { differences, recomputed } = verifyDecisionLog(text, sha256);
  expect(differences).toEqual([]);
  expect(recomputed).toBe(records(name).length);
});

test('the same seed gives the same log, another seed another', () => {
  const log = (seed: number) =>
    writeDecisionLog(
      simulate(SCENARIOS['backpressure'] as Scenario, DEFAULT_POLICY, seed, sha256).log,
      sha256,
    );
  expect(log(7)).toBe(log(7));
  expect(log(7)).not.toBe(log(8));
});

test('burst: capacity climbs by 64, and every block is followed by a cleared', () => {
  const steps = moves('burst', 'ramp_step');
  expect(steps[0]).toEqual([0.3, 1_024, 1_088]);
  for (const [, from, to] of steps) expect(to - from).toBeLessThanOrEqual(64);
  const cleared = records('burst').filter(({ reasonCode }) => reasonCode === 'cleared');
  expect(cleared.length).toBeGreaterThanOrEqual(30);
  const open = new Map<string, boolean>();
  for (const record of records('burst')) {
    if (record.kind !== 'backpressure') continue;
    if (open.get(record.subject.id))
      expect(record.details.level !== 'none' || record.reasonCode === 'cleared').toBe(true);
    open.set(record.subject.id, record.details.level !== 'none');
  }
  expect([...open.values()].some(Boolean)).toBe(false);
});

test('guardrail breach: capacity is halved once a cooldown and comes back', () => {
  const downs = moves('guardrail-breach', 'guardrail_step_down');
  expect(downs.length).toBeGreaterThanOrEqual(2);
  for (const [, from, to] of downs) expect(to).toBe(Math.max(1_024, Math.floor(from / 2)));
  const [firstDown] = downs[0] as [number, number, number];
  expect(moves('guardrail-breach', 'ramp_step').some(([minute]) => minute > firstDown)).toBe(true);
});

test('promotion: only the healthy tenant that may is promoted, two hours after counting began', () => {
  const gates = records('promotion').filter(({ reasonCode }) => reasonCode === 'gate_open');
  expect(gates.map(({ subject }) => subject.id)).toEqual(['calm']);
  expect(moves('promotion', 'gate_open')).toEqual([[120.3, 64, 100]]);
});

test('demotion: two bad windows demote the failing tenant and no other, and it requalifies', () => {
  const closed = records('demotion').filter(({ reasonCode }) => reasonCode === 'demotion_gate_closed');
  expect(closed.map(({ subject }) => subject.id)).toEqual(['flaky']);
  expect(
    records('demotion').filter((r) => r.reasonCode === 'gate_open' && r.subject.id === 'flaky'),
  ).toHaveLength(2);
});

test('duplicate send: one event demotes its tenant, steps capacity down, and stops the rollout', () => {
  const seen = records('duplicate-send').filter(({ guardrail }) => guardrail.duplicates === 'breach');
  const codes = new Set(seen.map(({ reasonCode }) => reasonCode));
  expect(codes).toEqual(
    new Set([
      'guardrail_step_down',
      'guardrail_hold',
      'duplicate_send_immediate_demotion',
      'stop_duplicate_send',
    ]),
  );
  expect(moves('duplicate-send', 'duplicate_send_immediate_demotion')).toHaveLength(1);
  const stopped = records('duplicate-send').find(({ reasonCode }) => reasonCode === 'stop_duplicate_send');
  expect(stopped).toMatchObject({ from: 500, to: 0, stateAfter: { status: 'rolled_back' } });
});

test('operator pin: held, expired, and no more than was there before stays behind', () => {
  expect(moves('operator-pin', 'override_expired').map(([, from, to]) => [from, to])).toEqual([
    [222, 1_024],
    [9_999_999, 1_216],
  ]);
  expect(moves('operator-pin', 'operator_step')).toEqual([[90, 1_728, 1_984]]);
});

test('demand drop: capacity walks down to the floor, and replicas follow the need', () => {
  const downs = moves('demand-drop', 'demand_step_down');
  expect(downs.length).toBeGreaterThan(5);
  for (const [, from, to] of downs) expect(from - to).toBeLessThanOrEqual(64);
  const last = records('demand-drop').findLast((record) => record.kind === 'autoscale');
  expect(last).toMatchObject({ stateAfter: { replicas: 1 } });
});

test('lost signal: while nothing is known nothing is raised', () => {
  const [from, until] = [SIMULATION_START_MS + 20 * 60_000, SIMULATION_START_MS + 30 * 60_000];
  const blind = records('lost-signal').filter(
    ({ evaluatedAt }) => evaluatedAt >= from && evaluatedAt < until,
  );
  expect(blind.some(({ reasonCode }) => reasonCode === 'hold_signal_missing')).toBe(true);
  expect(blind.filter(({ action }) => action === 'raise')).toEqual([]);
});

test('leader change: the next leader goes on with the ramp, and gets no raise of its own', () => {
  const raises = records('leader-change').filter(
    (record) => record.kind === 'autoscale' && record.action === 'raise',
  );
  expect(new Set(raises.map(({ epoch }) => epoch))).toEqual(new Set([1, 2, 3]));
  raises.slice(1).forEach(({ evaluatedAt }, index) => {
    expect(evaluatedAt - (raises[index] as DecisionRecord).evaluatedAt).toBeGreaterThanOrEqual(300_000);
  });
});

test('rollouts: a good change reaches everybody by 5, 25 and 100 %, a bad one is back at 0 in one decision', () => {
  const path = (name: string) =>
    records(name)
      .filter((record) => record.kind === 'rollout' && record.action !== 'hold')
      .map(({ reasonCode, to }) => [reasonCode, to]);
  expect(path('good-rollout')).toEqual([
    ['stage_started', 500],
    ['advanced', 2_500],
    ['advanced', 10_000],
  ]);
  expect(records('good-rollout').some(({ reasonCode }) => reasonCode === 'completed')).toBe(true);
  expect(path('bad-rollout')).toEqual([
    ['stage_started', 500],
    ['stop_error_regression', 0],
  ]);
});

test('a quiet cluster stays quiet: most decisions are repeats that are only counted', () => {
  const { decisions, log, repeats } = run('promotion');
  const folded = [...repeats.values()].reduce((sum, count) => sum + count, 0);
  // Those whose chain never began are in neither.
  expect(log.records.length + folded).toBeLessThanOrEqual(decisions);
  expect(log.records.some(({ subject }) => subject.id === 'calm-but-not-allowed')).toBe(false);
  expect(log.records.length * 10).toBeLessThan(decisions);
});

test('every decision has its words, and the change that is named would really have changed it', () => {
  for (const name of SHORT) {
    const some = records(name).filter((_, index) => index % 7 === 0);
    for (const record of some) {
      const words = explainDecision(record, DEFAULT_POLICY);
      expect(words).toMatch(/^[A-Z0-9].*\.$/s);
      expect(words).not.toMatch(/undefined|null|NaN/);
      const other = counterfactualOf(record, DEFAULT_POLICY);
      if (!other) continue;
      expect(other.words).not.toMatch(/undefined|NaN/);
      expect([other.to, other.reasonCode]).not.toEqual([record.to, record.reasonCode]);
    }
  }
});

test('the simulator and the engine agree on what a record says', () => {
  const [record] = records('promotion') as [DecisionRecord];
  const { decision } = decide(
    record.kind,
    DEFAULT_POLICY,
    record.stateBefore,
    record.signals,
    record.evaluatedAt,
  );
  expect([decision.reasonCode, decision.to]).toEqual([record.reasonCode, record.to]);
});
