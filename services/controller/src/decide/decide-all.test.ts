import {
  DEFAULT_POLICY,
  type DecisionRecord,
  type DrillSignal,
  histogramOf,
  type Kind,
  NO_COUNTS,
  type Policy,
  type Step,
  verifyDecisions,
  type WorkspaceCounts,
} from '@fairlead/core';
import { createCountedWindows, type InForce, type OpenRollout } from '@fairlead/ledger';
import type { WorkspaceLiveLoad } from '@fairlead/scheduler';
import { expect, test } from '@jest/globals';
import { createCounting } from '../gather/counting.ts';
import type { Loads } from '../gather/loads.ts';
import { NOTHING_TOLD } from '../gather/vitals.ts';
import { policiesOf, sha256 } from '../policies.ts';
import { decideAll, type Gathered } from './decide-all.ts';
import { startDeciding } from './decision-making.ts';
import { type Memory, memoryFrom, workspaceOf } from './memory.ts';
import { followedWindow, MAX_WINDOWS } from './promotion.ts';

const TICK_MS = 15_000;
const MINUTE_MS = 60_000;
const CALM = {
  claimP95Ms: 5,
  locksLost: 0,
  runningJobs: 10,
  stalledJobs: 0,
  startedJobs: 10,
  eventLoopP99Ms: 20,
  ledgerLagMs: 0,
  redisMemoryBp: 2_000,
};

const load = (workspace: string, more: Partial<WorkspaceLiveLoad> = {}): WorkspaceLiveLoad => ({
  workspace,
  backlog: 100,
  inFlight: 0,
  unusedConcurrency: null,
  availableTokens: null,
  oldestRunnableMs: 500,
  paused: false,
  waitingFor: null,
  ...more,
});
const loadsOf = (...all: WorkspaceLiveLoad[]): Loads => new Map(all.map((each) => [each.workspace, each]));
const busy = (workspaces: number) =>
  loadsOf(...Array.from({ length: workspaces }, (_, index) => load(`ws-${index}`)));

const orders = (more: Partial<InForce> = {}): InForce => ({
  pin: null,
  step: null,
  freezes: new Map(),
  off: new Set<Kind>(),
  drills: [],
  ...more,
});

/** A cluster over virtual time: each tick is decided as a leader would, and remembered. */
function cluster(policy: Policy = DEFAULT_POLICY) {
  const policies = policiesOf(policy);
  const memory: Memory = memoryFrom(policy, 0, { of: () => new Map() });
  const counting = createCounting(
    { readReports: async () => ({ reports: [], cursor: '', lost: false }) },
    { cursor: undefined, head: undefined, windows: createCountedWindows() },
  );
  const records: DecisionRecord[] = [];
  let nowMs = 1_000_000_000_000;
  let gathered: Gathered = {
    cluster: {
      contention: CALM,
      ended: { finished: 100, dead: 0 },
      duplicatesTotal: 0,
      loads: new Map(),
      finished: new Set(),
      observed: { capacity: null, replicas: null },
      actuator: 'capacity',
      drills: [],
    },
    isCaughtUp: true,
    contention: [],
    drilledAtMs: 0,
    exercise: undefined,
    maxGapMs: 4 * TICK_MS,
    duplicates: new Map(),
    duplicateDispatches: new Map(),
    promotionRollout: undefined,
  };

  function follow(): void {
    for (const workspace of memory.workspaces.values()) {
      counting.windows.follow(workspace.subject.id, followedWindow(policy, workspace));
    }
  }

  return {
    memory,
    counting,
    records,
    now: () => nowMs,
    eligible(...names: string[]) {
      for (const name of names) workspaceOf(memory, policy, name).eligible = true;
    },
    count(workspace: string, counts: Partial<WorkspaceCounts>) {
      counting.windows.add(workspace, nowMs, { ...NO_COUNTS, ...counts });
    },
    /** @returns what was recorded by this tick, as `<kind> <subject> <reason>` */
    tick(
      change: {
        afterMs?: number;
        cluster?: Partial<Gathered['cluster']>;
        orders?: Partial<InForce>;
        rollouts?: OpenRollout[];
      } & Partial<Omit<Gathered, 'cluster'>> = {},
    ) {
      const { afterMs = TICK_MS, cluster: seen = {}, orders: given = {}, rollouts = [], ...rest } = change;
      nowMs += afterMs;
      const observed = { capacity: memory.autoscale.state.capacity, replicas: 1 };
      const context = { nowMs, epoch: 1, correlationId: `tick:${nowMs}`, hash: sha256, ...policies };
      const making = startDeciding(context);
      const now: Gathered = { ...gathered, ...rest, cluster: { ...gathered.cluster, observed, ...seen } };
      const decided = decideAll(
        making,
        memory,
        context,
        { overrides: orders(given), rollouts },
        now,
        counting,
      );
      const { contention, drilledAtMs, exercise } = decided;
      // As the next leader reads it.
      const kept = exercise && (JSON.parse(JSON.stringify(exercise)) as typeof exercise);
      gathered = { ...gathered, contention, drilledAtMs, exercise: kept };
      records.push(...making.records);
      follow();
      counting.followRollouts(decided.rollouts, now.duplicateDispatches);
      const said = making.records.map(
        ({ kind, subject, reasonCode }) => `${kind} ${subject.id} ${reasonCode}`,
      );
      return { said, ...decided };
    },
    verify() {
      const named = new Map(
        [policies.policy, policies.withoutPromotion].map((each) => [each.hash, each.policy]),
      );
      return verifyDecisions(records, named, sha256).differences;
    },
  };
}

test('demand raises capacity, a step a ramp window', () => {
  const { tick, memory } = cluster();
  expect(tick({ cluster: { loads: busy(20) } }).said).toContain('autoscale cluster ramp_step');
  expect(memory.autoscale.state.capacity).toBe(1_088);
  expect(tick({ cluster: { loads: busy(20) } }).said).toContain('autoscale cluster hold_ramp_window');
  expect(tick({ afterMs: 5 * MINUTE_MS, cluster: { loads: busy(20) } }).capacity?.to).toBe(1_152);
});

test.each([
  ['loads', { loads: null }],
  ['finishes', { finished: null }],
  ['endings', { ended: null }],
  ['vitals', { contention: { ...CALM, ...NOTHING_TOLD } }],
  ['memory', { contention: { ...CALM, redisMemoryBp: null } }],
  ['replicas', { actuator: 'process' as const, observed: { capacity: 1_024, replicas: null } }],
  ['capacity', { observed: { capacity: null, replicas: 1 } }],
])('without %s nothing is raised', (_, missing) => {
  const { tick } = cluster();
  const { capacity } = tick({ cluster: { loads: busy(20), ...missing } });
  expect([capacity?.reasonCode, capacity?.to]).toEqual(['hold_signal_missing', 1_024]);
});

test('what is paused is no demand, and work beyond its quota is none either', () => {
  const { tick } = cluster();
  const { signals } = tick({
    cluster: {
      loads: loadsOf(
        load('a', { paused: true, waitingFor: 'pause', inFlight: 2 }),
        load('b', { unusedConcurrency: 30, inFlight: 34 }),
        load('c', { unusedConcurrency: 0, waitingFor: 'slots' }),
      ),
      finished: new Set(['b', 'd']),
    },
  });
  expect(signals).toMatchObject({ backlog: 200, runnable: 30, inFlight: 36, activeWorkspaces: 2 });
});

/** Ticks at the end of each promotion window until the gate opens. */
function promote({ tick, eligible, count }: ReturnType<typeof cluster>, workspace: string) {
  eligible(workspace);
  tick();
  for (let window = 0; window < 4; window++) {
    count(workspace, { finished: 50, wait: histogramOf(Array(50).fill(20)) });
    for (let minute = 1; minute < 30; minute++) tick({ afterMs: MINUTE_MS });
    const { quotas, said } = tick({ afterMs: MINUTE_MS });
    if (window === 3) return { quotas, said };
    expect(said).toEqual(['promotion acme healthy_window_recorded']);
  }
  throw new Error('four windows');
}

test('four healthy windows promote, and two breached ones demote', () => {
  const world = cluster();
  const { quotas, said } = promote(world, 'acme');
  expect([quotas, said]).toEqual([[{ workspace: 'acme', quota: 100 }], ['promotion acme gate_open']]);
  const breached = () => {
    world.count('acme', { finished: 50, dead: 5 });
    for (let minute = 1; minute < 15; minute++) world.tick({ afterMs: MINUTE_MS });
    return world.tick({ afterMs: MINUTE_MS });
  };
  expect(breached().said).toEqual(['promotion acme demotion_breach_recorded']);
  expect(breached().quotas).toEqual([{ workspace: 'acme', quota: 64 }]);
  expect(world.verify()).toEqual([]);
});

test('a duplicate send demotes at once, also while reports cannot be read', () => {
  const world = cluster();
  promote(world, 'acme');
  world.tick();
  expect(world.tick({ afterMs: 20 * MINUTE_MS, isCaughtUp: false }).said).toEqual([]);
  const { said, quotas } = world.tick({ isCaughtUp: false, duplicates: new Map([['acme', 1]]) });
  expect(said).toContain('promotion acme duplicate_send_immediate_demotion');
  expect(quotas).toEqual([{ workspace: 'acme', quota: 64 }]);
});

test('a window is judged when all its reports were read, and not before', () => {
  const { eligible, tick, count } = cluster();
  eligible('acme');
  for (let minute = 0; minute < 30; minute++) tick({ afterMs: MINUTE_MS });
  expect(tick({ afterMs: MINUTE_MS, isCaughtUp: false }).said).toEqual([]);
  count('acme', { finished: 1 });
  expect(tick().said).toEqual(['promotion acme window_insufficient_data']);
});

test('of more windows than one tick can judge the oldest are judged first', () => {
  const { memory, tick, eligible } = cluster();
  const names = Array.from({ length: MAX_WINDOWS + 10 }, (_, index) => `ws-${index}`);
  eligible('late');
  tick();
  tick();
  eligible(...names);
  tick();
  // A duplicate send waits for no turn.
  const hurt = names.at(-1) as string;
  const { said } = tick({ afterMs: 31 * MINUTE_MS, duplicates: new Map([[hurt, 1]]) });
  expect(said).toContain(`promotion ${hurt} threshold_breach`);
  const judged = () => names.filter((name) => memory.workspaces.get(name)?.promotion.last?.seq === 2).length;
  expect(memory.workspaces.get('late')?.promotion.last?.seq).toBe(2);
  expect(judged()).toBe(MAX_WINDOWS);
  tick({ duplicates: new Map([[hurt, 1]]) });
  expect(judged()).toBe(names.length);
});

test('a freeze of one workspace or of all keeps quotas as they are', () => {
  const freeze = { actor: 'key:1', expiresAtMs: null };
  const { tick, eligible } = cluster();
  eligible('acme', 'beta');
  expect(tick({ orders: { freezes: new Map([['acme', freeze]]) } }).said).toEqual(
    expect.arrayContaining([
      'promotion acme operator_freeze',
      'promotion beta healthy_window_waiting_interval',
    ]),
  );
  expect(tick({ orders: { freezes: new Map([['*', freeze]]) } }).said).toEqual([
    'promotion beta operator_freeze',
  ]);
});

test('whom the rollout of promotions leaves out is decided on by a policy without them', () => {
  const world = cluster();
  world.eligible('acme');
  world.tick();
  const { said } = world.tick({ promotionRollout: { name: 'ladder', shareBp: 0 } });
  expect(said).toEqual(['promotion acme feature_disabled']);
  expect(world.tick({ promotionRollout: { name: 'ladder', shareBp: 10_000 } }).said).toEqual([
    'promotion acme healthy_window_waiting_interval',
  ]);
  expect(
    new Set(world.records.filter(({ kind }) => kind === 'promotion').map((each) => each.policyHash)).size,
  ).toBe(2);
  expect(world.verify()).toEqual([]);
});

test('when the rollout of promotions is stopped the promoted have their base quota again, in one decision', () => {
  const world = cluster();
  promote(world, 'acme');
  world.tick();
  world.tick({ promotionRollout: { name: 'ladder', shareBp: 1 } });
  expect(world.memory.workspaces.get('acme')?.promotion.state.quota).toBe(100);
  const { said, quotas } = world.tick({ promotionRollout: { name: 'ladder', shareBp: 0 } });
  expect([said, quotas]).toEqual([['promotion acme not_eligible'], [{ workspace: 'acme', quota: 64 }]]);
  expect(world.tick({ promotionRollout: { name: 'ladder', shareBp: 0 } }).said).toEqual([
    'promotion acme feature_disabled',
  ]);
  expect(world.verify()).toEqual([]);
});

test('kinds that are switched off are not decided, and contention is looked at all the same', () => {
  const { tick, eligible, memory } = cluster();
  eligible('acme');
  const off = new Set<Kind>(['autoscale', 'promotion', 'rollout']);
  const slow = { contention: { ...CALM, claimP95Ms: 500 }, loads: busy(20) };
  tick({ orders: { off }, cluster: slow });
  const { said, pressures, capacity } = tick({ orders: { off }, cluster: slow });
  expect(capacity).toBeUndefined();
  expect(said).toEqual(['backpressure cluster contention_guardrail']);
  expect(pressures.cluster?.level).toBe('hard');
  expect(memory.autoscale.state.capacity).toBe(1_024);
  expect(tick({ orders: { off: new Set<Kind>(['backpressure']) } }).pressures).toEqual({
    cluster: null,
    workspaces: new Map(),
  });
});

test('a level begins at once, is kept while nothing is known, and ends after three ticks under its line', () => {
  const { tick, memory } = cluster();
  workspaceOf(memory, DEFAULT_POLICY, 'acme').maxBacklog = 100;
  const full = loadsOf(load('acme', { backlog: 100 }));
  expect(tick({ cluster: { loads: full } }).pressures.workspaces.get('acme')).toMatchObject({
    level: 'hard',
    reason: 'backlog_limit',
  });
  expect(tick({ cluster: { loads: null } }).pressures.workspaces.get('acme')?.level).toBe('hard');
  tick();
  tick();
  const { said, pressures } = tick();
  expect([said, pressures.workspaces.size]).toEqual([
    expect.arrayContaining(['backpressure acme cleared']),
    0,
  ]);
  expect(tick().said).toContain('backpressure acme none');
  expect(tick().said).toEqual([]);
});

const exercise = (signal: DrillSignal, value: number) => [{ signal, value, actor: 'key:1', expiresAtMs: 0 }];
const SLOW_CLAIMS = exercise('claim_latency', 500);
const SLOW = { contention: { ...CALM, claimP95Ms: 500 } };

/** What was recorded of the cluster since then, a tick a line; what is marked as an exercise has a star. */
function marksSince(records: readonly DecisionRecord[], first: number): string[] {
  const ofCluster = records.slice(first).filter(({ subject }) => subject.type === 'cluster');
  const ticks = Map.groupBy(ofCluster, ({ correlationId }) => correlationId);
  return [...ticks.values()].map((tick) =>
    tick.map(({ kind, reasonCode, synthetic }) => `${kind} ${reasonCode}${synthetic ? ' *' : ''}`).join(', '),
  );
}

test('an exercise is marked, and what it leaves behind too, for as long as it is felt', () => {
  const world = cluster();
  const { state } = world.memory.autoscale;
  world.memory.autoscale = { ...world.memory.autoscale, state: { ...state, capacity: 2_048 } };
  const loads = busy(100);
  world.tick({ cluster: { loads } });
  const before = world.records.length;
  for (let ticks = 0; ticks < 2; ticks++) world.tick({ cluster: { loads, drills: SLOW_CLAIMS } });
  for (let ticks = 0; ticks < 24; ticks++) world.tick({ cluster: { loads } });
  expect(marksSince(world.records, before)).toEqual([
    'autoscale hold_ramp_window *',
    'autoscale guardrail_step_down *, backpressure contention_guardrail *',
    // Over, and not under its line for long enough.
    'autoscale guardrail_hold *, backpressure contention_guardrail *',
    'autoscale guardrail_hold *',
    'autoscale hold_cooldown *, backpressure contention_guardrail *',
    'backpressure contention_guardrail *',
    'backpressure cleared *',
    'backpressure none',
    // Another hold each time that a need is forgotten.
    ...Array(4).fill('autoscale hold_cooldown *'),
    // All that is left is less capacity, and that demand asks for more is no exercise.
    'autoscale ramp_step',
    ...Array(2).fill('autoscale hold_ramp_window'),
  ]);
  expect(world.verify()).toEqual([]);
});

test('of an exercise nothing is left behind that is not felt', () => {
  const world = cluster();
  world.tick({ cluster: { drills: SLOW_CLAIMS } });
  const before = world.records.length;
  for (let ticks = 0; ticks < 6; ticks++) world.tick();
  expect(world.records.slice(before).filter(({ synthetic }) => synthetic)).toEqual([]);
});

test('trouble in earnest is marked only as long as it stands on an exercise', () => {
  const world = cluster();
  world.tick({ cluster: { drills: SLOW_CLAIMS } });
  const before = world.records.length;
  for (let ticks = 0; ticks < 3; ticks++) world.tick({ cluster: SLOW });
  expect(marksSince(world.records, before)).toEqual([
    // The second sample in a row; the first was none.
    'autoscale guardrail_hold *, backpressure contention_guardrail *',
    'autoscale guardrail_hold, backpressure contention_guardrail',
  ]);
  expect(world.verify()).toEqual([]);
});

test('contention that an exercise makes counts in windows with a mark, and so does the row that they are in', () => {
  const world = cluster();
  promote(world, 'acme');
  const window = (cluster: Partial<Gathered['cluster']> = {}, counts: Partial<WorkspaceCounts> = {}) => {
    const before = world.records.length;
    world.count('acme', { finished: 50, ...counts });
    for (let minute = 1; minute <= 15; minute++) {
      world.tick({ afterMs: MINUTE_MS, ...(minute < 4 ? { cluster } : {}) });
    }
    const said = world.records.slice(before).filter(({ kind }) => kind === 'promotion');
    return said.map(({ reasonCode, synthetic }) => `${reasonCode}${synthetic ? ' *' : ''}`);
  };
  // Failures of the cluster are not looked at here.
  expect(window({ drills: exercise('failure_rate', 5_000) })).toEqual([
    'demotion_waiting_interval',
    'healthy_window_recorded',
  ]);
  expect(window({ drills: SLOW_CLAIMS })).toEqual(['demotion_breach_recorded *']);
  expect(window({}, { dead: 5 })).toEqual(['demotion_gate_closed *']);
  expect([window(), window(), window()]).toEqual([
    ['requalify_cooldown *'],
    ['healthy_window_waiting_interval'],
    [],
  ]);
  expect(world.verify()).toEqual([]);
});

test('a rollout that is started is held, and a duplicate send takes it back', () => {
  const world = cluster();
  const started: OpenRollout = {
    name: 'r1',
    feature: 'dispatch-queue',
    command: { number: 1, order: 'start', actor: 'key:1' },
  };
  expect(world.tick({ rollouts: [{ ...started, command: null }] }).rollouts.get('r1')?.status).toBe('draft');
  expect(world.tick({ rollouts: [started] }).rollouts.get('r1')).toMatchObject({
    status: 'running',
    shareBp: 500,
  });
  expect(world.tick({ rollouts: [started] }).said).toContain('rollout r1 stage_holding');
  const stopped = world.tick({ rollouts: [started], cluster: { duplicatesTotal: 1 } });
  expect(stopped.said).toContain('rollout r1 stop_duplicate_send');
  expect(stopped.rollouts.get('r1')).toMatchObject({ status: 'rolled_back', shareBp: 0 });
  expect(world.verify()).toEqual([]);
});

test('a pin holds until it ends, a step is taken once', () => {
  const { tick } = cluster();
  const pin = { capacity: 222, actor: 'key:1', expiresAtMs: Number.MAX_SAFE_INTEGER };
  expect(tick({ orders: { pin } }).capacity).toMatchObject({ to: 222, reasonCode: 'operator_override' });
  expect(tick().capacity).toMatchObject({ to: 1_024, reasonCode: 'override_expired' });
  const step: Step = { number: 1, by: 100, actor: 'key:1', expiresAtMs: Number.MAX_SAFE_INTEGER };
  expect(tick({ orders: { step } }).capacity).toMatchObject({ to: 1_124, reasonCode: 'operator_step' });
  expect(tick({ orders: { step } }).capacity?.to).toBe(1_124);
});
