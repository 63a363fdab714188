/** Rollouts of features, decided by the engine and stored as the controller does, and applied here. */
import { isInCohort } from '@fairlead/core';
import { waitFor } from '@fairlead/testkit';
import { beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { rolloutTicks } from './control-ticks.ts';
import { openDispatcher } from './open-dispatcher.ts';
import { useDispatcher } from './use-dispatcher.ts';

const rig = useDispatcher({
  ledger: 'on',
  watchEveryMs: 50,
  inline: { handlers: { work: { input: z.unknown(), run: () => 'done' } } },
});
const WORKSPACES = Array.from({ length: 60 }, (_, index) => `ws-${index}`);
const ANN = { actor: 'key:ann' };

beforeAll(async () => {
  await rig.dispatcher.ledger.workspaces.ensure(WORKSPACES);
});

const rollouts = () => rig.dispatcher.ledger.rollouts;
let windows = 0;
const post = (workspaces: readonly string[], { call } = rig.dispatcher) =>
  call('POST', '/v1/dispatch', {
    source: `source-${++windows}`,
    windowSeconds: 3_600,
    jobs: workspaces.map((workspace) => ({ workspace, type: 'work' })),
  });

/** The workspaces whose jobs of one window went through the queue. */
async function throughQueue(): Promise<Set<string>> {
  const { status, body } = await post(WORKSPACES);
  expect([200, 202]).toContain(status);
  const ranHere = new Set((body.jobs ?? []).map(({ workspace }: { workspace: string }) => workspace));
  return new Set(WORKSPACES.filter((workspace) => !ranHere.has(workspace)));
}

async function start(name: string, feature: string) {
  expect(await rollouts().create({ name, feature }, ANN)).toMatchObject({ outcome: 'created' });
  expect(await rollouts().order(name, 'start', ANN)).toMatchObject({ outcome: 'ordered' });
  return rolloutTicks(rig.dispatcher.ledger, name);
}

const cohort = (name: string, shareBp: number) =>
  new Set(WORKSPACES.filter((workspace) => isInCohort(name, workspace, shareBp)));

/** Waits until the dispatcher goes by the share; gives who is in it. */
async function reaches(name: string, shareBp: number): Promise<Set<string>> {
  const expected = cohort(name, shareBp);
  await waitFor(async () => isSame(await throughQueue(), expected), {
    what: `${expected.size} workspaces go through the queue`,
    deadlineMs: 10_000,
  });
  return expected;
}

function isWithin(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return [...a].every((each) => b.has(each));
}

function isSame(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && isWithin(a, b);
}

test('windows of the cohort go through the queue: 5, 25, 100 %, each in the next; completed, everybody', async () => {
  expect((await throughQueue()).size).toBe(WORKSPACES.length);
  await rollouts().create({ name: 'draft', feature: 'dispatch-queue' }, ANN);
  expect((await throughQueue()).size).toBe(WORKSPACES.length);
  await rollouts().order('draft', 'abort', ANN);
  await rolloutTicks(rig.dispatcher.ledger, 'draft').tick();

  const controller = await start('queue-1', 'dispatch-queue');
  expect(await controller.tick()).toBe('stage_started');
  const five = await reaches('queue-1', 500);
  expect(five.size).toBeGreaterThan(0);
  expect([await controller.tick(), await controller.tick()]).toEqual(['stage_passed', 'advanced']);
  const quarter = await reaches('queue-1', 2_500);
  expect(isWithin(five, quarter) && five.size < quarter.size).toBe(true);
  expect([await controller.tick(), await controller.tick()]).toEqual(['stage_passed', 'advanced']);
  const all = await reaches('queue-1', 10_000);
  expect(isWithin(quarter, all) && quarter.size < all.size).toBe(true);
  expect([await controller.tick(), await controller.tick()]).toEqual(['stage_passed', 'completed']);
  expect((await throughQueue()).size).toBe(WORKSPACES.length);
});

test('a stop takes everybody out of the queue in one decision, and the switch is the later word', async () => {
  const controller = await start('queue-2', 'dispatch-queue');
  expect(await controller.tick()).toBe('stage_started');
  await reaches('queue-2', 500);
  expect(await controller.tick({ duplicatesTotal: 1 })).toBe('stop_duplicate_send');
  await reaches('queue-2', 0);
  const ran = await post(WORKSPACES.slice(0, 3));
  expect(ran).toMatchObject({ status: 200, body: { mode: 'inline-forced' } });

  await rig.dispatcher.call('PUT', '/v1/flags/dispatch-mode', { value: 'queue' });
  await reaches('queue-2', 10_000);
  await rig.dispatcher.call('DELETE', '/v1/flags/dispatch-mode');
  await reaches('queue-2', 0);
});

test('a window that goes both ways is one dispatch: each of its jobs is where it should be', async () => {
  const controller = await start('queue-3', 'dispatch-queue');
  await controller.tick();
  const [first = ''] = cohort('queue-3', 500);
  await reaches('queue-3', 500);
  const other = WORKSPACES.find((workspace) => !isInCohort('queue-3', workspace, 500)) ?? '';
  const { status, body } = await post([first, other]);
  expect([status, body.mode]).toEqual([200, 'inline-forced']);
  expect(body.jobs).toMatchObject([{ workspace: other, outcome: 'succeeded' }]);
  const [queued, done] = body.jobIds;
  expect(await rig.dispatcher.ledger.jobs.get(first, queued)).toMatchObject({ state: 'queued' });
  expect(await rig.dispatcher.ledger.jobs.get(other, done)).toMatchObject({ state: 'succeeded' });
  expect(await rig.dispatcher.scheduler.job(first, queued)).toMatchObject({ state: 'waiting' });
  await rollouts().order('queue-3', 'abort', ANN);
  await controller.tick();
});

test('a dispatcher that can run nothing inline goes by the switch', async () => {
  const { servers } = rig;
  const bare = await openDispatcher({
    redisUrl: servers.redis.url,
    databaseUrl: servers.postgres.url,
    ledger: 'on',
    watchEveryMs: 50,
  });
  try {
    expect((await post(WORKSPACES.slice(0, 3), bare)).body).toMatchObject({ mode: 'dispatch-only' });
  } finally {
    await bare.close();
  }
});

/** Of settings in Redis: the estimate of a run, which is there with run-time fairness. */
const HAVE_COST = `
  local found = ''
  for _, key in ipairs(KEYS) do
    if redis.call('HEXISTS', key, 'cost') == 1 then found = found .. key .. ',' end
  end
  return found`;

test('run-time fairness follows its rollout, out of it and through a loss of Redis too', async () => {
  const { redis } = rig.servers;
  const byRunTime = async () => {
    const keys = WORKSPACES.map((workspace) => `{fl0}:~cfg:${workspace}`);
    const found = await redis.command('EVAL', HAVE_COST, String(keys.length), ...keys);
    return new Set(WORKSPACES.filter((workspace) => found.includes(`:${workspace},`)));
  };
  const becomes = (expected: ReadonlySet<string>) =>
    waitFor(async () => isSame(await byRunTime(), expected), {
      what: `${expected.size} workspaces are served by run time`,
      deadlineMs: 10_000,
    });
  await becomes(new Set());
  const controller = await start('fair-1', 'fairness-runtime');
  await controller.tick();
  await becomes(cohort('fair-1', 500));
  await controller.tick();
  await controller.tick();
  await becomes(cohort('fair-1', 2_500));

  await redis.command('FLUSHALL');
  await waitFor(() => rig.dispatcher.scheduler.hasGeneration(), { what: 'the settings are back' });
  expect(isSame(await byRunTime(), cohort('fair-1', 2_500))).toBe(true);

  expect(await controller.tick({ duplicatesTotal: 1 })).toBe('stop_duplicate_send');
  await becomes(new Set());
});
