/** What the board shows of real queues, and what it leaves behind in Redis: nothing. */

import { createClaimer, type Scheduler } from '@fairlead/scheduler';
import { waitFor } from '@fairlead/testkit';
import { describe, expect, jest, test } from '@jest/globals';
import type { OpenBoard } from './open-board.ts';
import { useRig } from './rig.ts';

interface Shown {
  readonly name: string;
  readonly counts: Record<string, number>;
  readonly jobs: { id: string; name: string; data: unknown; returnValue: unknown; failedReason?: string }[];
  readonly readOnlyMode: boolean;
  readonly description?: string;
}

const CONFIG = {
  weight: 1,
  concurrency: 0,
  ratePerSecond: 0,
  burst: 0,
  paused: false,
  fairness: 'starts',
} as const;

const rig = useRig();

async function shown(board: OpenBoard, query = ''): Promise<Shown[]> {
  const answer = await board.get(`/queues/api/queues${query}`);
  expect(answer.status).toBe(200);
  const { queues } = (await answer.json()) as { queues: Shown[] };
  return queues.sort((a, b) => (a.name < b.name ? -1 : 1));
}

const names = (queues: readonly Shown[]) => queues.map(({ name }) => name);

/** Claims everything that is runnable and settles it: fails jobs of type `fail`, leaves `hang` running. */
async function work(): Promise<void> {
  const answer = await rig.claimer.claim(64);
  if (answer.outcome !== 'claimed') throw new Error(answer.outcome);
  for (const job of answer.jobs) {
    if (job.type === 'fail') await rig.claimer.fail(job, new Error('no such mailbox'));
    else if (job.type !== 'hang') await rig.claimer.complete(job, { answer: 'secret result' });
  }
}

/** Every `meta` hash, and how many changes Redis counted since it started. */
async function fingerprint(): Promise<{
  metas: Record<string, unknown>;
  keys: number;
  changes: string | undefined;
}> {
  const keys = ((await rig.raw.call('KEYS', '*')) as string[]).sort();
  const metas: Record<string, unknown> = {};
  for (const key of keys.filter((name) => name.endsWith(':meta')))
    metas[key] = await rig.raw.call('HGETALL', key);
  const info = String(await rig.raw.call('INFO', 'persistence'));
  return { metas, keys: keys.length, changes: /rdb_changes_since_last_save:(\d+)/.exec(info)?.[1] };
}

describe('the board shows', () => {
  test('each active workspace’s queue with the counts of its jobs', async () => {
    await rig.add('acme', 1, { type: 'fail' });
    await rig.add('acme', 1, { type: 'hang' });
    await rig.add('acme', 1);
    await work();
    await rig.add('acme', 2);
    await rig.add('acme', 4, { delayMs: 3_600_000 });
    await rig.add('globex', 5);
    const queues = await shown(await rig.board());
    expect(queues).toMatchObject([
      {
        name: 'acme',
        counts: { waiting: 2, active: 1, delayed: 4, completed: 1, failed: 1 },
        readOnlyMode: true,
      },
      { name: 'globex', counts: { waiting: 5, active: 0, delayed: 0, completed: 0, failed: 0 } },
    ]);
  });

  test('what a stock producer added', async () => {
    const queue = rig.scheduler.queueFor('stock');
    await queue.add('mail', {}, { delay: 3_600_000 });
    await queue.close();
    const board = await rig.board();
    expect(await shown(board, '?activeQueue=stock')).toMatchObject([
      { name: 'stock', counts: { delayed: 1 } },
    ]);
  });

  test('no more queues than its limit, those with work first', async () => {
    for (let i = 0; i < 30; i++) await rig.scheduler.configure([{ workspace: `idle-${i}`, config: CONFIG }]);
    for (let i = 0; i < 10; i++) await rig.add(`busy-${i}`, 1);
    const queues = await shown(await rig.board({ shownQueues: 10 }));
    expect(names(queues)).toEqual(Array.from({ length: 10 }, (_, i) => `busy-${i}`));
  });

  test('a workspace beyond the limit to whoever names it, and to nobody else', async () => {
    await rig.add('busy', 1, { type: 'hang' });
    await work();
    await rig.add('other', 3);
    const board = await rig.board({ shownQueues: 1 });
    expect(names(await shown(board))).toEqual(['busy']);
    expect(names(await shown(board, '?activeQueue=other'))).toEqual(['busy', 'other']);
    expect(names(await shown(board))).toEqual(['busy']);
    expect((await board.get('/queues/api/queues/other/other-x')).status).toBe(404);
  });

  test('no queue for a name that is not a workspace’s, and no error', async () => {
    const board = await rig.board();
    for (const name of ['nobody', '..', '%7Bfl0%7D', 'a:b', '~ring', 'A', '__proto__', '*', '%00', '%F0']) {
      const list = await board.get(`/queues/api/queues?activeQueue=${name}`);
      expect([name, list.status]).toEqual([name, 200]);
      const job = await board.get(`/queues/api/queues/${name}/1`);
      expect([400, 404]).toContain(job.status);
    }
    expect(await shown(board)).toEqual([]);
  });
});

/** From now on, the names of the queue objects that were made and not closed yet. */
function openQueues(): () => string[] {
  const made = jest.spyOn(rig.scheduler, 'queueFor');
  return () =>
    made.mock.results
      .map(({ value }) => value as ReturnType<Scheduler['queueFor']>)
      .filter((queue) => queue.closing === undefined)
      .map((queue) => queue.name);
}

describe('looking at the board', () => {
  test('changes nothing in Redis: no meta, no key, no value', async () => {
    const stock = rig.scheduler.queueFor('acme');
    await stock.setGlobalConcurrency(7);
    await stock.close();
    await rig.add('acme', 1, { type: 'fail' });
    await rig.add('acme', 1, { type: 'hang' });
    await rig.add('globex', 3);
    await work();
    await rig.add('acme', 2, { delayMs: 3_600_000 });
    const before = await fingerprint();
    expect(Object.keys(before.metas)).toContain('{fl0}:acme:meta');

    const board = await rig.board();
    const [acme] = await shown(board, '?activeQueue=acme&status=failed');
    const id = acme?.jobs[0]?.id;
    expect(id).toBeDefined();
    for (const path of [
      '/queues',
      '/queues/queue/acme',
      '/queues/api/redis/stats',
      '/queues/api/job-schedulers',
      '/queues/api/queues/acme/metrics',
      '/queues/api/queues/acme/default-job-options',
      '/queues/api/queues/acme/rate-limit',
      '/queues/api/queues/acme/job-data-schema',
      `/queues/api/queues/acme/${id}`,
      `/queues/api/queues/acme/${id}/logs`,
      `/queues/api/queues/acme/${id}/flow`,
    ]) {
      expect([path, (await board.get(path)).status]).toEqual([path, 200]);
    }
    for (const status of ['latest', 'active', 'waiting', 'delayed', 'completed', 'failed', 'prioritized']) {
      await shown(board, `?activeQueue=globex&status=${status}`);
    }
    expect(await fingerprint()).toEqual(before);
  });

  test('with a thousand workspaces opens no connection a queue and holds no more queues than shown', async () => {
    await rig.scheduler.configure(
      Array.from({ length: 1_000 }, (_, i) => ({ workspace: `ws-${i}`, config: CONFIG })),
    );
    const clients = async () =>
      String(await rig.raw.call('CLIENT', 'LIST'))
        .trim()
        .split('\n').length;
    const board = await rig.board({ shownQueues: 50 });
    const before = { clients: await clients(), ...(await fingerprint()) };
    const open = openQueues();
    expect(await shown(board)).toHaveLength(50);
    expect({ clients: await clients(), ...(await fingerprint()) }).toEqual(before);
    expect(open()).toEqual(expect.arrayContaining(['ws-0']));
    expect(open()).toHaveLength(50);
    await board.close();
    expect(open()).toEqual([]);
  });

  test('takes a queue off that is no longer active', async () => {
    let nowMs = 0;
    await rig.add('first', 1);
    const board = await rig.board({ shownQueues: 1, nowMs: () => nowMs });
    const open = openQueues();
    expect(names(await shown(board))).toEqual(['first']);
    await rig.add('second', 1, { type: 'hang' });
    await work();
    // `first` is done and only `second` is busy now; within the freshness nothing is asked again.
    expect(names(await shown(board))).toEqual(['first']);
    nowMs += 2_000;
    expect(names(await shown(board))).toEqual(['second']);
    expect(open()).toEqual(['second']);
  });
});

describe('payloads', () => {
  const CANARY = 'canary-7f3a';

  async function everything(board: OpenBoard): Promise<string> {
    const [acme] = await shown(board, '?activeQueue=acme');
    const ids = acme?.jobs.map(({ id }) => id) ?? [];
    expect(ids.length).toBe(3);
    const paths = [
      '/queues/api/queues?activeQueue=acme',
      '/queues/api/job-schedulers',
      ...ids.flatMap((id) => [`/queues/api/queues/acme/${id}`, `/queues/api/queues/acme/${id}/flow`]),
    ];
    return (await Promise.all(paths.map(async (path) => (await board.get(path)).text()))).join('\n');
  }

  async function seed(): Promise<void> {
    await rig.add('acme', 2, { payload: { token: CANARY } });
    const answer = await rig.claimer.claim(2);
    if (answer.outcome !== 'claimed') throw new Error(answer.outcome);
    const [one, two] = answer.jobs;
    await rig.claimer.complete(one!, { echo: CANARY });
    await rig.claimer.progress(two!, { at: CANARY });
    const queue = rig.scheduler.queueFor('acme');
    await queue.upsertJobScheduler('nightly', { every: 3_600_000 }, { name: 'x', data: { token: CANARY } });
    await queue.close();
  }

  test('are hidden: data, results, progress values, and templates of job schedulers', async () => {
    await seed();
    const text = await everything(await rig.board());
    expect(text).not.toContain(CANARY);
    expect(text).toContain('hidden');
  });

  test('are shown when the board was started so', async () => {
    await seed();
    expect(await everything(await rig.board({ showPayloads: true }))).toContain(CANARY);
  });

  test('that are hidden leave percentages, errors and types of jobs', async () => {
    await rig.add('acme', 1, { type: 'fail' });
    await work();
    const [acme] = await shown(await rig.board(), '?activeQueue=acme');
    expect(acme?.jobs).toMatchObject([{ name: 'fail', failedReason: 'no such mailbox', progress: 0 }]);
  });
});

describe('a broken queue', () => {
  test.each([
    ['active', ['HSET', '{fl0}:broken:active', 'a', '1']],
    ['wait', ['SET', '{fl0}:broken:wait', 'x']],
    ['meta', ['SET', '{fl0}:broken:meta', 'x']],
    ['delayed', ['LPUSH', '{fl0}:broken:delayed', 'x']],
    ['repeat', ['SET', '{fl0}:broken:repeat', 'x']],
  ])('by its key %s is shown as such, or as it is, and hides no other', async (_key, [command, ...args]) => {
    await rig.add('acme', 3);
    await rig.scheduler.configure([{ workspace: 'broken', config: CONFIG }]);
    await rig.raw.call('DEL', '{fl0}:broken:meta');
    await rig.raw.call(command!, ...args);
    const queues = await shown(await rig.board(), '?activeQueue=broken');
    expect(queues).toMatchObject([
      { name: 'acme', counts: { waiting: 3 } },
      { name: 'broken', jobs: [] },
    ]);
  });

  test('says that it cannot be read', async () => {
    await rig.scheduler.configure([{ workspace: 'broken', config: CONFIG }]);
    await rig.raw.call('HSET', '{fl0}:broken:active', 'a', '1');
    const board = await rig.board();
    const [broken] = await shown(board);
    expect(broken?.description).toMatch('cannot be read');
    await rig.raw.call('DEL', '{fl0}:broken:active');
    expect((await shown(board))[0]?.description).toBeUndefined();
  });
});

describe('with actions on', () => {
  test('a failed job is retried from the board and found by the next sweep', async () => {
    await rig.add('acme', 1, { type: 'fail' });
    await work();
    const board = await rig.board({ actions: true });
    const [acme] = await shown(board, '?activeQueue=acme');
    expect(acme).toMatchObject({ readOnlyMode: false, counts: { failed: 1 } });
    const path = `/queues/api/queues/acme/${acme?.jobs[0]?.id}/retry`;
    expect((await board.put(path, { origin: board.url })).status).toBe(204);
    expect(await shown(board)).toMatchObject([{ counts: { failed: 0, waiting: 1 } }]);
    const replica = createClaimer(rig.scheduler, { replicaId: 'replica-2' });
    try {
      await replica.start();
      const job = await waitFor(
        async () => {
          const answer = await replica.claim(1);
          return answer.outcome === 'claimed' ? answer.jobs[0] : undefined;
        },
        { what: 'the retried job is claimed' },
      );
      expect(job.workspace).toBe('acme');
    } finally {
      await replica.stop();
    }
  });

  test('delayed jobs are promoted together', async () => {
    await rig.add('acme', 3, { delayMs: 3_600_000 });
    const board = await rig.board({ actions: true });
    await shown(board);
    expect((await board.put('/queues/api/queues/acme/promote', { origin: board.url })).status).toBe(200);
    expect(await shown(board)).toMatchObject([{ counts: { delayed: 0, waiting: 3 } }]);
  });

  test('a dead letter of the ledger is not retried: the answer names the call that does', async () => {
    await rig.add('acme', 1, { type: 'fail', recorded: true });
    await work();
    const board = await rig.board({ actions: true });
    const [acme] = await shown(board, '?activeQueue=acme');
    const id = acme?.jobs[0]?.id;
    const call = `POST /v1/workspaces/acme/jobs/${id}/retry`;
    const answer = await board.put(`/queues/api/queues/acme/${id}/retry`, { origin: board.url });
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({
      code: 'JOB_RECORDED',
      fix: expect.stringContaining(call),
      message: expect.stringContaining(call),
    });
    const all = await board.put('/queues/api/queues/acme/retry/failed', { origin: board.url });
    expect(all.status).toBe(409);
    expect(await all.json()).toMatchObject({
      code: 'JOB_RECORDED',
      fix: expect.stringContaining('POST /v1/workspaces/acme/dead:redrive'),
    });
    expect(await shown(board)).toMatchObject([{ counts: { failed: 1, waiting: 0 } }]);
  });

  test('of many dead letters those are retried that no ledger has, however many others stand before them', async () => {
    await rig.add('acme', 3, { type: 'fail' });
    await work();
    for (let n = 0; n < 3; n++) {
      await rig.add('acme', 50, { type: 'fail', recorded: true });
      await work();
    }
    const board = await rig.board({ actions: true });
    expect(await shown(board)).toMatchObject([{ counts: { failed: 153 } }]);
    const answer = await board.put('/queues/api/queues/acme/retry/failed', { origin: board.url });
    expect([answer.status, await answer.json()]).toEqual([200, { retried: 3, skipped: 150 }]);
    expect(await shown(board)).toMatchObject([{ counts: { failed: 150, waiting: 3 } }]);
  });

  test('a delayed job of the ledger is not promoted, alone or with others', async () => {
    const delayMs = 3_600_000;
    await rig.add('acme', 2, { delayMs, recorded: true });
    const board = await rig.board({ actions: true });
    const [acme] = await shown(board, '?activeQueue=acme');
    for (const path of [`${acme?.jobs[0]?.id}/promote`, 'promote']) {
      const answer = await board.put(`/queues/api/queues/acme/${path}`, { origin: board.url });
      expect(answer.status).toBe(409);
      expect(await answer.json()).toMatchObject({
        code: 'JOB_RECORDED',
        fix: expect.stringMatching('POST /v1/workspaces/acme/jobs/.*/cancel'),
      });
    }
    await rig.add('acme', 1, { delayMs });
    const answer = await board.put('/queues/api/queues/acme/promote', { origin: board.url });
    expect(await answer.json()).toEqual({ retried: 1, skipped: 2 });
    expect(await shown(board)).toMatchObject([{ counts: { delayed: 2, waiting: 1 } }]);
  });

  test('of what is not there Bull Board says so itself', async () => {
    await rig.add('acme', 1, { type: 'fail' });
    const board = await rig.board({ actions: true });
    for (const path of ['acme/nothing/retry', 'nobody/1/retry', 'nobody/retry/failed', 'nobody/promote']) {
      expect((await board.put(`/queues/api/queues/${path}`, { origin: board.url })).status).toBe(404);
    }
    const active = await board.put('/queues/api/queues/acme/retry/active', { origin: board.url });
    expect(active.status).toBe(400);
  });
});
