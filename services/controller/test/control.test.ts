/** Leaders over a real Redis and a real Postgres; only time is made up. */
import { DEFAULT_POLICY, histogramOf, type Policy } from '@fairlead/core';
import { applyMigrations } from '@fairlead/ledger';
import { createProducer } from '@fairlead/scheduler';
import { privatePostgres, privateRedis, type TestPostgres, type TestRedis } from '@fairlead/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  type OpenController,
  openController,
  report,
  startTime,
  TICK_MS,
  type Time,
} from './open-controller.ts';

let redis: TestRedis;
let postgres: TestPostgres;
let template: string;
let urls: { redisUrl: string; databaseUrl: string };
let time: Time;
const open: OpenController[] = [];

beforeAll(async () => {
  [redis, postgres] = await Promise.all([privateRedis(), privatePostgres()]);
  await applyMigrations(postgres.url);
  template = postgres.url;
}, 60_000);
afterAll(() => Promise.all([redis.stop(), postgres.stop()]));

beforeEach(async () => {
  await redis.command('FLUSHALL');
  urls = { redisUrl: redis.url, databaseUrl: await postgres.database(template) };
  time = startTime();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.stop()));
});

async function start(options: Parameters<typeof openController>[2] = {}): Promise<OpenController> {
  const controller = openController(urls, time, options);
  open.push(controller);
  await controller.scheduler.writeGeneration();
  return controller;
}

async function stop(controller: OpenController): Promise<void> {
  open.splice(open.indexOf(controller), 1);
  await controller.stop();
}

/** One window of a minute promotes. */
const QUICK: Policy = {
  ...DEFAULT_POLICY,
  promotion: { ...DEFAULT_POLICY.promotion, windows: 1, windowMs: 4 * TICK_MS },
};

const HEALTHY = { started: 25, finished: 25, wait: histogramOf(Array(25).fill(40)) };

async function eligible({ ledger }: OpenController, workspace: string): Promise<void> {
  await ledger.workspaces.ensure([workspace]);
  await ledger.workspaces.update(workspace, { highQuotaEnabled: true });
}

async function backlog({ scheduler }: OpenController, workspaces: number): Promise<void> {
  const jobs = Array.from({ length: workspaces * 5 }, (_, index) => ({
    workspace: `ws-${index % workspaces}`,
    id: `job-${index}`,
    type: 't',
    payload: {},
  }));
  await createProducer(scheduler).add(jobs);
}

/** What does not hold of everything that was written. */
async function differences({ ledger }: OpenController) {
  const subjects = await ledger.decisions.subjects({ limit: 1_000 });
  const verified = await Promise.all(
    subjects.map(({ kind, subject }) => ledger.decisions.verify(kind, subject)),
  );
  expect(verified.length).toBeGreaterThan(0);
  return verified.flatMap((each) => each.differences);
}

test('a burst raises capacity by a ramp step, and the shares of the consumers follow', async () => {
  const leader = await start();
  await backlog(leader, 20);
  for (const replica of ['a', 'b']) await report(leader.scheduler, time, replica);
  const records = await leader.tick();
  expect(records.find(({ kind }) => kind === 'autoscale')).toMatchObject({
    reasonCode: 'ramp_step',
    from: 1_024,
    to: 1_088,
    actuation: { kind: 'capacity', outcome: 'agreed', observed: { capacity: 1_024, replicas: 2 } },
  });
  const shares = await Promise.all(['a', 'b'].map((replica) => report(leader.scheduler, time, replica)));
  expect(shares).toEqual(Array(2).fill({ capacity: 1_088, share: 544 }));
  expect(leader.log()).toMatch(/"decision":"autoscale:1".*"reason":"ramp_step".*autoscale: raised/);
});

test('ticks of two clusters have names of their own, also in the same millisecond', async () => {
  const one = await start();
  urls = { ...urls, databaseUrl: await postgres.database(template) };
  const other = await start();
  const [[first], [second]] = [await one.tick(0), await other.tick(0)];
  expect(first?.evaluatedAt).toBe(second?.evaluatedAt);
  expect(first?.correlationId).toMatch(/^tick:\d+:[0-9a-f]{8}$/);
  expect(first?.correlationId).not.toBe(second?.correlationId);
});

test('a second tick in the same span of time does nothing', async () => {
  const leader = await start();
  await leader.tick();
  time.nowMs += TICK_MS - 1;
  expect(await leader.controller.control.tick()).toBe('repeated');
});

test('a window goes on where the leader before has left it, and its promotion is in force at once', async () => {
  const first = await start({ policy: QUICK });
  await eligible(first, 'acme');
  await report(first.scheduler, time, 'a');
  await first.tick();
  for (let ticks = 0; ticks < 2; ticks++) {
    await report(first.scheduler, time, 'a', { acme: HEALTHY });
    await first.tick();
  }
  // Counted after the last save: only in the stream.
  await report(first.scheduler, time, 'a', { acme: HEALTHY });
  await stop(first);

  const second = await start({ policy: QUICK });
  await backlog(second, 1);
  await createProducer(second.scheduler).add([{ workspace: 'acme', id: 'j', type: 't', payload: {} }]);
  const free = async () => {
    for await (const loads of second.scheduler.loads()) {
      const found = loads.find(({ workspace }) => workspace === 'acme');
      if (found) return found.unusedConcurrency;
    }
    return undefined;
  };
  expect(await free()).toBe(64);
  await second.tick();
  await report(second.scheduler, time, 'a');
  const records = await second.tick();
  const promoted = records.find(({ kind }) => kind === 'promotion');
  expect(promoted).toMatchObject({ reasonCode: 'gate_open', to: 100, window: { samples: 75 } });
  expect(await free()).toBe(100);

  // A Redis that lost everything is told everything again.
  await redis.command('FLUSHALL');
  await second.scheduler.writeGeneration();
  await createProducer(second.scheduler).add([{ workspace: 'acme', id: 'k', type: 't', payload: {} }]);
  expect(await free()).toBe(64);
  await second.controller.control.round();
  expect(await free()).toBe(100);
  expect(await differences(second)).toEqual([]);
});

test('a breach has the dead jobs of its own workspace for evidence, and that of the cluster those of all', async () => {
  const leader = await start({
    policy: { ...QUICK, promotion: { ...QUICK.promotion, demotionWindowMs: 4 * TICK_MS } },
  });
  await eligible(leader, 'acme');
  for (let ticks = 0; ticks < 6; ticks++) {
    await report(leader.scheduler, time, 'a', { acme: HEALTHY });
    await leader.tick();
  }
  const failing = { ...HEALTHY, dead: 25 };
  const evidence = ['acme', 'beta'].map((workspace) => ({
    ...{ workspace, what: 'dead' as const, traceparent: `of-${workspace}` },
  }));
  for (let ticks = 0; ticks < 10; ticks++) {
    await report(leader.scheduler, time, 'a', { acme: failing, beta: failing }, evidence);
    await leader.tick();
  }
  const evidenceOf = async (kind: 'promotion' | 'autoscale', reasonCode: string) =>
    (await leader.ledger.decisions.page({ kind, reasonCode, limit: 1 })).flatMap((each) => each.evidence);
  expect(await evidenceOf('promotion', 'gate_open')).toEqual([]);
  expect(await evidenceOf('promotion', 'demotion_gate_closed')).toEqual(['of-acme']);
  expect((await evidenceOf('autoscale', 'guardrail_hold')).sort()).toEqual(['of-acme', 'of-beta']);
});

test('a leader that was frozen writes nothing of its epoch, neither to Postgres nor to Redis', async () => {
  const [first, second] = [await start(), await start()];
  await first.tick();
  expect(await second.controller.control.tick()).toBeUndefined();
  // The first one is frozen, and its lease runs out.
  await postgres.query(`UPDATE "Lease" SET "expiresAt" = now()`, urls.databaseUrl);
  await first.ledger.overrides.pin(222, { reason: 'a test', expiresInMs: 3_600_000 }, { actor: 'test' });
  await second.tick();
  expect((await report(second.scheduler, time, 'a')).capacity).toBe(222);
  const written = await second.ledger.decisions.page({ limit: 1 });

  time.nowMs += TICK_MS;
  expect(await first.controller.control.tick()).toBe('out_of_step');
  expect(await first.scheduler.publishCapacity({ capacity: 9_999, epoch: 1 })).toBe('old_epoch');
  expect((await report(second.scheduler, time, 'a')).capacity).toBe(222);
  expect(await second.ledger.decisions.page({ limit: 1 })).toEqual(written);
  const epochs = new Set(
    (await second.ledger.decisions.page({ limit: 100 })).map(({ record }) => record?.epoch),
  );
  expect([...epochs].sort()).toEqual([1, 2]);
  expect(first.controller.control.isLeader()).toBe(false);
  expect(await differences(second)).toEqual([]);
});

test('while Redis is away nothing is raised; when it is back it is told what was decided meanwhile', async () => {
  const leader = await start();
  await backlog(leader, 20);
  await report(leader.scheduler, time, 'a');
  await leader.tick();
  await redis.halt();
  await leader.ledger.overrides.step(-10, { reason: 'a test', expiresInMs: 3_600_000 }, { actor: 'test' });
  const records = await leader.tick();
  expect(records.find(({ kind }) => kind === 'autoscale')).toMatchObject({
    reasonCode: 'operator_step',
    to: 1_078,
    signals: {
      runnable: null,
      backlog: null,
      activeWorkspaces: null,
      finished: null,
      observedReplicas: null,
      contention: { claimP95Ms: null, redisMemoryBp: null, ledgerLagMs: 0 },
    },
    guardrail: { contention: 'unknown', failureRate: 'unknown' },
  });
  const later = await leader.tick(400_000);
  expect(later.find(({ kind }) => kind === 'autoscale')).toMatchObject({ reasonCode: 'hold_signal_missing' });
  expect(leader.log().match(/reports are read no longer/g)).toHaveLength(1);
  await redis.restart();
  await leader.scheduler.ping(10_000);
  await leader.controller.control.round();
  expect((await report(leader.scheduler, time, 'a')).capacity).toBe(1_078);
  expect(leader.log()).toMatch(/reports are read again/);
  expect(await differences(leader)).toEqual([]);
});

test('another policy has another name in the records, and all of them can be taken again', async () => {
  const first = await start();
  await first.tick();
  await stop(first);
  const second = await start({
    policy: { ...DEFAULT_POLICY, autoscale: { ...DEFAULT_POLICY.autoscale, floor: 2_048 } },
  });
  await second.tick();
  const hashes = (await second.ledger.decisions.page({ kind: 'autoscale', limit: 10 })).map(
    ({ record }) => record?.policyHash,
  );
  expect(new Set(hashes).size).toBe(2);
  expect(await differences(second)).toEqual([]);
});

test('a rollout goes through its stages as its rows say', async () => {
  const leader = await start();
  const by = { actor: 'test' };
  await leader.ledger.rollouts.create({ name: 'ladder', feature: 'promotion' }, by);
  await eligible(leader, 'acme');
  const reasons = async () => (await leader.tick()).map(({ kind, reasonCode }) => `${kind} ${reasonCode}`);
  expect(await reasons()).toEqual(
    expect.arrayContaining(['rollout paused', 'promotion healthy_window_waiting_interval']),
  );
  await leader.ledger.rollouts.order('ladder', 'start', by);
  expect(await reasons()).toContain('rollout stage_started');
  // From the next tick on, those that it has not reached keep what they have.
  expect(await reasons()).toContain('promotion feature_disabled');
  await leader.ledger.rollouts.order('ladder', 'abort', by);
  expect(await reasons()).toContain('rollout aborted');
  expect(await leader.ledger.rollouts.get('ladder')).toMatchObject({ status: 'aborted', shareBp: 0 });
});

test('a rollout that is aborted before it was started takes nothing from anybody', async () => {
  const leader = await start();
  const by = { actor: 'test' };
  await eligible(leader, 'acme');
  await leader.ledger.rollouts.create({ name: 'ladder', feature: 'promotion' }, by);
  await leader.tick();
  await leader.ledger.rollouts.order('ladder', 'abort', by);
  const reasons = async () => (await leader.tick()).map(({ kind, reasonCode }) => `${kind} ${reasonCode}`);
  expect(await reasons()).toContain('rollout aborted');
  expect(await reasons()).not.toContain('promotion feature_disabled');
});

test('drills are taken when they are on, and only then', async () => {
  const drill = { reason: 'an exercise', expiresInMs: 3_600_000 };
  const off = await start();
  await off.ledger.overrides.drill('redis_memory', 9_000, drill, { actor: 'test' });
  const level = (records: Awaited<ReturnType<OpenController['tick']>>) =>
    records.find(({ kind, subject }) => kind === 'backpressure' && subject.type === 'cluster');
  expect(level(await off.tick())).toBeUndefined();
  await stop(off);
  const on = await start({ drills: 'on' });
  expect(level(await on.tick())).toMatchObject({ reasonCode: 'redis_pressure', synthetic: true });
  expect(await on.scheduler.readPressure()).toMatchObject({
    cluster: { level: 'hard', reason: 'redis_pressure' },
  });
  // What it leaves behind the next leader knows too: contention, until it has calmed down.
  await on.tick();
  await on.ledger.overrides.release('drill', 'redis_memory', { actor: 'test' });
  await stop(on);
  const next = await start({ drills: 'on' });
  expect((await next.tick()).find(({ kind }) => kind === 'autoscale')).toMatchObject({
    guardrail: { contention: 'breach' },
    synthetic: true,
  });
});
