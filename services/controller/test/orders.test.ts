/** What operators order over a controller's head, in its loop, over a real Redis and a real Postgres; only time is made up. */
import { DEFAULT_POLICY, histogramOf, type Kind, type Policy } from '@fairlead/core';
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
let urls: { redisUrl: string; databaseUrl: string };
let time: Time;
let leader: OpenController;

/** One window of a minute promotes, and two of a minute demote. */
const QUICK: Policy = {
  ...DEFAULT_POLICY,
  promotion: {
    ...DEFAULT_POLICY.promotion,
    ...{ windows: 1, windowMs: 4 * TICK_MS, demotionWindowMs: 4 * TICK_MS, requalifyMs: 4 * TICK_MS },
  },
};
const BY = { actor: 'test' };
const ORDER = { reason: 'a test' };
const HEALTHY = { started: 25, finished: 25, wait: histogramOf(Array(25).fill(40)) };
const FAILING = { ...HEALTHY, dead: 25 };

beforeAll(async () => {
  [redis, postgres] = await Promise.all([privateRedis(), privatePostgres()]);
  await applyMigrations(postgres.url);
}, 60_000);
afterAll(() => Promise.all([redis.stop(), postgres.stop()]));

beforeEach(async () => {
  await redis.command('FLUSHALL');
  urls = { redisUrl: redis.url, databaseUrl: await postgres.database(postgres.url) };
  time = startTime();
  leader = openController(urls, time, { policy: QUICK });
  await leader.scheduler.writeGeneration();
});
afterEach(() => leader.stop());

const switchOff = (kind: Kind) => leader.ledger.overrides.switchOff(kind, ORDER, BY);
const switchOn = (kind: Kind) => leader.ledger.overrides.release('switch', kind, BY);

/** Lets time pass in which this is reported. Answers what was decided, as `<kind> <reason>`. */
async function pass(ticks: number, counts: Parameters<typeof report>[3] = {}): Promise<string[]> {
  const said: string[] = [];
  for (let tick = 0; tick < ticks; tick++) {
    await report(leader.scheduler, time, 'a', counts);
    for (const { kind, reasonCode } of await leader.tick()) said.push(`${kind} ${reasonCode}`);
  }
  return said;
}

async function backlog(workspace: string, jobs: number): Promise<void> {
  const some = Array.from({ length: jobs }, (_, index) => ({
    ...{ workspace, id: `${workspace}-${index}`, type: 't', payload: {} },
  }));
  await createProducer(leader.scheduler).add(some);
}

/** As the scheduler has it. */
async function quotaOf(workspace: string): Promise<number | undefined> {
  const [counts] = await leader.scheduler.counts([workspace]);
  return counts?.quota;
}

async function eligible(workspace: string): Promise<void> {
  await leader.ledger.workspaces.ensure([workspace]);
  await leader.ledger.workspaces.update(workspace, { highQuotaEnabled: true });
}

async function promoted(workspace: string): Promise<void> {
  await eligible(workspace);
  await backlog(workspace, 1);
  expect(await pass(6, { [workspace]: HEALTHY })).toContain('promotion gate_open');
  expect(await quotaOf(workspace)).toBe(100);
}

/** As the ledger counts it: an effect whose key has run twice. */
async function sentTwice(workspace: string): Promise<void> {
  await postgres.query(
    `INSERT INTO "DuplicateTotal" ("workspace", "prunedSends", "dispatches") VALUES ('${workspace}', 1, 0)`,
    urls.databaseUrl,
  );
}

test('a duplicate send takes the quota back, in the scheduler too, with the very next tick', async () => {
  await promoted('acme');
  await sentTwice('acme');
  expect(await pass(1)).toContain('promotion duplicate_send_immediate_demotion');
  expect(await quotaOf('acme')).toBe(64);
});

test('a backfill reaches a controller that runs: whoever is eligible is counted from the next tick on', async () => {
  const names = ['a1', 'a2', 'a3'];
  await leader.ledger.workspaces.ensure(names);
  await pass(1);
  const answer = await leader.ledger.workspaces.backfillHighQuota({ limit: 100, dryRun: false }, BY);
  expect(answer).toMatchObject({ rowsUpdated: 3, enabled: 3, total: 3 });
  expect(await pass(1)).toEqual(
    expect.arrayContaining(Array(3).fill('promotion healthy_window_waiting_interval')),
  );
  const said = await pass(5, { a2: HEALTHY });
  expect(said.filter((each) => each === 'promotion gate_open')).toHaveLength(1);
  expect(await Promise.all(names.map(quotaOf))).toEqual([64, 100, 64]);
});

test('while promotion is switched off no quota changes, not for a duplicate either; then what was missed is judged', async () => {
  await promoted('acme');
  await switchOff('promotion');
  await sentTwice('acme');
  const said = await pass(12, { acme: FAILING });
  expect(said.filter((each) => each.startsWith('promotion'))).toEqual([]);
  expect(await quotaOf('acme')).toBe(100);
  await switchOn('promotion');
  expect(await pass(1)).toContain('promotion duplicate_send_immediate_demotion');
  expect(await quotaOf('acme')).toBe(64);
});

test('a freeze keeps quotas as they are, and counting begins anew when it is taken back', async () => {
  await promoted('acme');
  await eligible('beta');
  await leader.ledger.overrides.freeze(undefined, ORDER, BY);
  const said = await pass(6, { acme: FAILING, beta: HEALTHY });
  expect(said.filter((each) => each.startsWith('promotion'))).toEqual(
    Array(2).fill('promotion operator_freeze'),
  );
  expect([await quotaOf('acme'), await quotaOf('beta')]).toEqual([100, 64]);
  await leader.ledger.overrides.release('freeze', '*', BY);
  expect(await pass(2, { acme: FAILING })).not.toContain('promotion demotion_gate_closed');
  expect(await pass(8, { acme: FAILING })).toContain('promotion demotion_gate_closed');
});

test('while capacity is not decided on it stays what it was, published on and on', async () => {
  await backlog('busy', 5_000);
  await switchOff('autoscale');
  await leader.ledger.overrides.pin(222, { ...ORDER, expiresInMs: 3_600_000 }, BY);
  expect(await pass(3)).not.toContainEqual(expect.stringMatching(/^autoscale/));
  expect((await report(leader.scheduler, time, 'a')).capacity).toBe(1_024);
  await switchOn('autoscale');
  expect(await pass(1)).toContain('autoscale operator_override');
  expect((await report(leader.scheduler, time, 'a')).capacity).toBe(222);
});

test('while backpressure is switched off nobody is pressed, from the next tick on', async () => {
  await leader.ledger.workspaces.ensure(['full']);
  await leader.ledger.workspaces.update('full', { maxBacklog: 10 });
  await backlog('full', 10);
  await pass(1);
  const levelOf = async (workspace: string) => {
    const answer = await leader.scheduler.readPressure();
    if (answer.outcome !== 'changed') throw new Error(`pressure is ${answer.outcome}`);
    return answer.workspaces.get(workspace)?.level;
  };
  expect(await levelOf('full')).toBe('hard');
  await switchOff('backpressure');
  await pass(1);
  expect(await levelOf('full')).toBeUndefined();
  await switchOn('backpressure');
  await pass(1);
  expect(await levelOf('full')).toBe('hard');
});

test('while rollouts are switched off orders wait, and who has the change keeps it', async () => {
  const { rollouts } = leader.ledger;
  await rollouts.create({ name: 'fair', feature: 'fairness-runtime' }, BY);
  await pass(1);
  await rollouts.order('fair', 'start', BY);
  await pass(1);
  await switchOff('rollout');
  await rollouts.order('fair', 'abort', BY);
  expect(await pass(3)).not.toContainEqual(expect.stringMatching(/^rollout/));
  expect(await rollouts.get('fair')).toMatchObject({ shareBp: 500 });
  await switchOn('rollout');
  expect(await pass(1)).toContain('rollout aborted');
  expect(await rollouts.get('fair')).toMatchObject({ status: 'aborted', shareBp: 0 });
});

test('a pin ends by itself, and capacity never rises by that; a step is taken once', async () => {
  const { overrides } = leader.ledger;
  await overrides.pin(2_000, { ...ORDER, expiresInMs: 3_600_000 }, BY);
  expect(await pass(2)).toContain('autoscale operator_override');
  const said = await leader.tick(3_600_000);
  expect(said.find(({ kind }) => kind === 'autoscale')).toMatchObject({
    reasonCode: 'override_expired',
    from: 2_000,
    to: 1_024,
  });
  await overrides.step(100, { ...ORDER, expiresInMs: 36_000_000 }, BY);
  await leader.ledger.overrides.release('pin', 'capacity', BY);
  const steps = (await pass(3)).filter((each) => each === 'autoscale operator_step');
  expect(steps).toHaveLength(1);
  expect((await report(leader.scheduler, time, 'a')).capacity).toBe(1_124);
});
