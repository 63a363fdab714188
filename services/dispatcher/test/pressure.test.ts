/** Levels of backpressure: how they are answered, and with the engine over what is really there. */
import {
  type BackpressureState,
  DEFAULT_POLICY,
  decideBackpressure,
  INITIAL_BACKPRESSURE,
  type Pressure,
  pressureOf,
} from '@fairlead/core';
import { seeded, waitFor } from '@fairlead/testkit';
import { beforeEach, expect, test } from '@jest/globals';
import { useDispatcher } from './use-dispatcher.ts';
import { useWorkers } from './workers.ts';

const rig = useDispatcher({ ledger: 'on', watchEveryMs: 50 });
const workers = useWorkers(rig);

const SOFT: Pressure = { level: 'soft', reason: 'queue_age_over_target', retryAfterMs: 15_000 };
const HARD: Pressure = {
  level: 'hard',
  reason: 'backlog_limit',
  waitingReason: 'quota_exhausted',
  retryAfterMs: 45_000,
};
const CONTENTION: Pressure = { level: 'hard', reason: 'contention_guardrail', retryAfterMs: 45_000 };

let number = 0;
let workspace = '';
beforeEach(async () => {
  workspace = `ws-${++number}`;
  await publish({});
});

const ask = (path: string) => rig.dispatcher.call('GET', path);
const post = (headers: Record<string, string> = {}, slug = workspace) =>
  rig.dispatcher.call('POST', `/v1/workspaces/${slug}/jobs`, { type: 'work' }, headers);
const pressureSeen = async () => (await ask(`/v1/workspaces/${workspace}`)).body.pressure;

async function say(
  workspaces: Record<string, Pressure>,
  cluster: Pressure | null = null,
  tickMs = 15_000,
): Promise<void> {
  const levels = { epoch: 1, tickMs, cluster, workspaces: new Map(Object.entries(workspaces)) };
  expect(await rig.dispatcher.scheduler.publishPressure(levels)).toBe('published');
}

/** Publishes, and waits until the dispatcher has heard of it. */
async function publish(workspaces: Record<string, Pressure>, cluster: Pressure | null = null): Promise<void> {
  await rig.dispatcher.ledger.workspaces.ensure([workspace]);
  await say(workspaces, cluster);
  const expected = workspaces[workspace] ?? cluster;
  await waitFor(async () => (await pressureSeen())?.reason === expected?.reason, {
    what: 'the dispatcher has heard of the levels',
    deadlineMs: 10_000,
  });
}

test('a hard workspace is refused with 429, its reason and when to come again; its neighbour is not', async () => {
  await publish({ [workspace]: HARD });
  const refused = await post();
  expect(refused).toMatchObject({
    status: 429,
    body: { code: 'BACKLOG_FULL', reason: 'backlog_limit', waitingReason: 'quota_exhausted' },
  });
  const seconds = Number(refused.headers.get('retry-after'));
  expect(seconds).toBe(refused.body.retryAfterSeconds);
  expect(seconds).toBeGreaterThan(30);
  expect(seconds).toBeLessThanOrEqual(45);
  expect(await pressureSeen()).toMatchObject({ scope: 'workspace', level: 'hard', reason: 'backlog_limit' });
  expect((await post({}, 'neighbour')).status).toBe(202);
  await publish({});
  expect(await pressureSeen()).toBeNull();
  expect((await post()).status).toBe(202);
});

test('a soft level is accepted, and asks to slow down', async () => {
  expect((await post()).headers.has('fairlead-pressure')).toBe(false);
  await publish({ [workspace]: SOFT });
  const accepted = await post();
  expect(accepted).toMatchObject({
    status: 202,
    body: { pressure: { scope: 'workspace', level: 'soft', reason: 'queue_age_over_target' } },
  });
  expect(accepted.headers.get('fairlead-pressure')).toMatch(
    /^soft;reason=queue_age_over_target;retry-after-ms=\d+$/,
  );
  const batch = [
    { workspace, type: 'work' },
    { workspace: 'neighbour', type: 'work' },
  ];
  const added = await rig.dispatcher.call('POST', '/v1/jobs:batch', batch);
  expect(added.body).toMatchObject({ accepted: 2, pressure: [{ workspace, level: 'soft' }] });
  expect(added.headers.get('fairlead-pressure')).toMatch(/^soft;/);
  const dispatched = await rig.dispatcher.call('POST', '/v1/dispatch', { source: workspace, jobs: batch });
  expect(dispatched).toMatchObject({ status: 202, body: { pressure: [{ workspace, level: 'soft' }] } });
});

test('the pressure of the cluster is everybody’s: 503 for single jobs, batches and windows', async () => {
  await publish({ other: SOFT }, CONTENTION);
  expect(await post()).toMatchObject({
    status: 503,
    body: { code: 'CONTENTION', reason: 'contention_guardrail' },
  });
  const jobs = [{ workspace, type: 'work' }];
  for (const [path, body] of [
    ['/v1/jobs:batch', jobs],
    ['/v1/dispatch', { source: workspace, jobs }],
  ] as const) {
    const refused = await rig.dispatcher.call('POST', path, body);
    expect(refused).toMatchObject({ status: 503, body: { code: 'CONTENTION' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(30);
  }
  const { workspaces } = (await ask('/v1/workspaces')).body;
  expect(
    workspaces.every(({ pressure }: { pressure: { scope: string } }) => pressure.scope === 'cluster'),
  ).toBe(true);
  expect(rig.dispatcher.heldBack.get('cluster contention_guardrail')).toBe(3);
});

test('Redis of which the controller says that it is too full is answered as the dispatcher does itself', async () => {
  await publish({}, { level: 'hard', reason: 'redis_pressure', retryAfterMs: 30_000 });
  expect(await post()).toMatchObject({
    status: 503,
    body: { code: 'REDIS_PRESSURE', reason: 'redis_pressure' },
  });
});

test('a batch is refused item by item, and a window as a whole', async () => {
  await publish({ [workspace]: HARD });
  const jobs = [
    { workspace, type: 'work' },
    { workspace: 'neighbour', type: 'work' },
  ];
  const { status, body } = await rig.dispatcher.call('POST', '/v1/jobs:batch', jobs);
  expect([status, body.accepted, body.refused]).toEqual([207, 1, 1]);
  expect(body.results).toMatchObject([
    { status: 429, problem: { code: 'BACKLOG_FULL', reason: 'backlog_limit' } },
    { status: 202 },
  ]);
  const window = { source: workspace, windowSeconds: 3_600, jobs };
  expect(await rig.dispatcher.call('POST', '/v1/dispatch', window)).toMatchObject({
    status: 429,
    body: { code: 'BACKLOG_FULL', reason: 'backlog_limit' },
  });
  await publish({});
  expect(await rig.dispatcher.call('POST', '/v1/dispatch', window)).toMatchObject({
    status: 202,
    body: { mode: 'dispatch-only' },
  });
});

test('a repeated key is answered under every pressure, and a new one is not', async () => {
  const key = { 'idempotency-key': `key-of-${workspace}` };
  const { id } = (await post(key)).body;
  const repeated = { status: 200, body: { id, duplicate: true } };
  const item = { workspace, type: 'work', idempotencyKey: key['idempotency-key'] };
  const inBatch = async () =>
    (await rig.dispatcher.call('POST', '/v1/jobs:batch', [item, { workspace, type: 'work' }])).body;

  // The dispatcher's own check: the backlog is full with that one job.
  const settings = { maxBacklog: 1 };
  await rig.dispatcher.call('PATCH', `/v1/workspaces/${workspace}`, settings);
  expect(await post(key)).toMatchObject(repeated);
  expect((await post({ 'idempotency-key': 'new' })).status).toBe(429);
  expect((await inBatch()).results).toMatchObject([{ status: 200, id }, { status: 429 }]);

  await publish({ [workspace]: HARD });
  expect(await post(key)).toMatchObject(repeated);
  await publish({}, CONTENTION);
  expect(await post(key)).toMatchObject(repeated);
  expect((await inBatch()).results).toMatchObject([{ status: 200, id }, { status: 503 }]);
  expect((await post({ 'idempotency-key': 'new' })).status).toBe(503);
});

test('a controller that is gone presses nobody', async () => {
  await publish({ [workspace]: HARD });
  expect((await post()).status).toBe(429);
  // Its last word is soon over, so that nobody may count on hearing it.
  await say({ [workspace]: HARD }, null, 300);
  await waitFor(async () => (await post()).status === 202, {
    what: 'three ticks without a word',
    deadlineMs: 10_000,
  });
});

test('the engine blocks a full workspace, keeps it blocked while it empties, and clears it once', async () => {
  const maxBacklog = 10;
  await rig.dispatcher.call('PATCH', `/v1/workspaces/${workspace}`, { maxBacklog });
  const policy = DEFAULT_POLICY.backpressure;
  const said: string[] = [];
  let state: BackpressureState = INITIAL_BACKPRESSURE;
  let nowMs = 1_700_000_000_000;

  /** One tick over what is really there; the clock of the engine is the test's. */
  async function tick(): Promise<void> {
    nowMs += policy.tickMs;
    const [counts] = await rig.dispatcher.scheduler.counts([workspace]);
    const signals = {
      scope: 'workspace',
      backlog: counts?.waiting ?? null,
      maxBacklog,
      oldestRunnableMs: Math.round(counts?.oldestRunnableAgeMs ?? 0),
      waitingFor: null,
      synthetic: false,
    } as const;
    const { decision, nextState } = decideBackpressure(policy, state, signals, nowMs);
    state = nextState;
    said.push(decision.reasonCode);
    const pressure = pressureOf(decision);
    await publish(pressure === undefined ? {} : { [workspace]: pressure });
  }

  let accepted = 0;
  for (let posts = 0; posts < 12; posts++) if ((await post()).status === 202) accepted++;
  expect(accepted).toBe(maxBacklog);
  await tick();
  expect(await post()).toMatchObject({ status: 429, body: { reason: 'backlog_limit' } });

  const worker = await workers.start();
  await waitFor(
    async () => ((await rig.dispatcher.ledger.jobs.backlogOf([workspace])).get(workspace) ?? 0) === 0,
    { what: 'all are done', deadlineMs: 20_000 },
  );
  expect(worker.done(workspace)).toBe(accepted);
  // There is room, and the block stays until it has been there for three ticks.
  expect((await post()).status).toBe(429);
  for (let ticks = 0; ticks < policy.clearTicks; ticks++) await tick();
  expect((await post()).status).toBe(202);
  await tick();
  expect(said).toEqual(['backlog_limit', 'backlog_limit', 'backlog_limit', 'cleared', 'none']);
});

test.each([1, 2, 3])(
  'whatever levels come and go, what was accepted is done, waits, runs or is dead (seed %i)',
  async (seed) => {
    const random = seeded(seed);
    const names = ['a', 'b', 'c'].map((name) => `${workspace}-${name}`);
    const levels = [undefined, SOFT, HARD];
    const accepted = new Map(names.map((name) => [name, 0]));
    const total = () => [...accepted.values()].reduce((sum, count) => sum + count, 0);
    const worker = await workers.start();
    // Levels are heard of later than they are published: quick rounds may all be answered by the same refusal.
    for (let round = 0; round < 12 || total() <= 20; round++) {
      const pressed = names.flatMap((name) => {
        const level = levels[random.integer(0, 2)];
        return level === undefined ? [] : [[name, level] as const];
      });
      const cluster = random.integer(0, 5) === 0 ? CONTENTION : null;
      // Not waited for: levels change in the middle of what is sent.
      await rig.dispatcher.scheduler.publishPressure({
        ...{ epoch: 1, tickMs: 15_000, cluster },
        workspaces: new Map(pressed),
      });
      const batch = Array.from({ length: random.integer(1, 30) }, () => ({
        workspace: names[random.integer(0, names.length - 1)] as string,
        type: random.integer(0, 4) === 0 ? 'die' : 'work',
        maxAttempts: 1,
      }));
      const { body } = await rig.dispatcher.call('POST', '/v1/jobs:batch', batch);
      batch.forEach(({ workspace: name }, place) => {
        const isAccepted = body.results?.[place]?.status === 202;
        if (isAccepted) accepted.set(name, (accepted.get(name) ?? 0) + 1);
      });
      await waitFor(() => worker.isIdle() || random.integer(0, 2) === 0, { what: 'some of it was done' });
    }
    const known = async (name: string) => {
      const [counts] = await rig.dispatcher.scheduler.counts([name]);
      const { waiting = 0, active = 0, delayed = 0 } = counts ?? {};
      return { ended: worker.done(name) + worker.dead(name), underWay: waiting + active + delayed };
    };
    // Nothing is held back for good: it ends with everything ended, each job once.
    await publish({});
    for (const [name, count] of accepted) {
      await waitFor(async () => (await known(name)).ended === count && (await known(name)).underWay === 0, {
        what: `the ${count} accepted jobs of ${name} have ended`,
        deadlineMs: 20_000,
      });
    }
  },
);
