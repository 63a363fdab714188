/** Every command against a dispatcher: each as a process at least once, and where only the JSON counts in this one. */
import { createLedger } from '@fairlead/ledger';
import { waitFor } from '@fairlead/testkit';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Cluster, startCluster } from './cluster.ts';
import { fairlead, inProcess, type Run } from './fairlead.ts';

// Each run is a process, and this machine may have others to run.
jest.setTimeout(240_000);

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster?.stop());

const run = (...args: string[]) => fairlead(args, { env: cluster.env });
const feed = (input: string, ...args: string[]) => fairlead(args, { env: cluster.env, input });

/** What a command that must do it printed as JSON. */
// biome-ignore lint/suspicious/noExplicitAny: answers are looked into by their tests
async function json(...args: string[]): Promise<any> {
  const { code, stdout, stderr } = await inProcess([...args, '--json'], { env: cluster.env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

function rows({ stdout }: Run): string[][] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
}

async function bury(workspace: string, count: number): Promise<string[]> {
  const ledger = createLedger({ databaseUrl: cluster.postgres.url });
  const made = await Promise.all(
    Array.from({ length: count }, () => cluster.api.addJob({ workspace, body: { type: 'mail' } })),
  );
  const ids = made.map(({ id }) => id);
  const nowMs = Date.now();
  await ledger.jobs.finish(
    ids.map((id) => ({
      id,
      outcome: 'dead',
      error: 'boom',
      attempts: 3,
      startedAtMs: nowMs,
      finishedAtMs: nowMs,
    })),
  );
  await ledger.close();
  return ids;
}

describe('jobs', () => {
  test('add: in a pipe the id and nothing else, and the job is what was said', async () => {
    const added = await run(
      ...['jobs', 'add', 'one', 'mail', '--payload', '{"to":"ä"}', '--priority', '3', '--delay', '9m30s'],
      ...['--max-attempts', '5', '--backoff', 'fixed:2s', '--timeout', '30s'],
    );
    expect(added).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^[0-9a-f-]{36}\n$/) });
    const job = await json('jobs', 'get', 'one', added.stdout.trim());
    expect(job).toMatchObject({
      type: 'mail',
      payload: { to: 'ä' },
      priority: 3,
      maxAttempts: 5,
      state: 'delayed',
    });
    expect(Date.parse(job.runAt) - Date.parse(job.createdAt)).toBeGreaterThan(560_000);
  });

  test('add: the payload may come from standard input, and the same key is the same job', async () => {
    const args = ['jobs', 'add', 'one', 'mail', '--payload-file', '-', '--idempotency-key', 'k'];
    const first = await feed('{"a":1}', ...args);
    const again = await feed('{"a":1}', ...args);
    expect(again).toEqual(first);
    expect(await feed('{"a":2}', ...args)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('(IDEMPOTENCY_KEY_REUSED)'),
    });
    expect(await feed('{', ...args)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is no JSON'),
    });
  });

  test('add --from: every line has its result, and what is good is added', async () => {
    const lines = ['{"type":"mail"}', 'nope', '', '{"workspace":"other","type":"mail"}', '{"typ":1}'].join(
      '\n',
    );
    const plain = await feed(lines, 'jobs', 'add', 'batch', '--from', '-');
    expect(
      rows(plain).map(([line, outcome, what]) => [line, outcome, outcome === 'refused' ? what : '']),
    ).toEqual([
      ['1', 'accepted', ''],
      ['2', 'refused', 'MALFORMED_JSON'],
      ['4', 'accepted', ''],
      ['5', 'refused', 'INVALID_REQUEST'],
    ]);
    expect(plain).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^line 2: .*\nline 5: .*\nerror: 2 of 4 /),
    });
    expect((await cluster.api.listJobs({ workspace: 'other' })).jobs).toHaveLength(1);

    const { code, stdout } = await feed(lines, 'jobs', 'add', 'batch', '--from', '-', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      accepted: 2,
      refused: 2,
      results: [
        { index: 0, status: 202 },
        { index: 1, status: 400 },
        { index: 2 },
        { index: 3, status: 400 },
      ],
    });
  });

  test('add --from: more than a request takes goes in several, and the results are counted through', async () => {
    const { code, stdout } = await feed(
      '{"type":"t"}\n'.repeat(2_300),
      'jobs',
      'add',
      'many',
      '--from',
      '-',
      '--json',
    );
    const { accepted, results } = JSON.parse(stdout);
    expect([code, accepted, results.length, results.at(-1).index]).toEqual([0, 2_300, 2_300, 2_299]);
    expect(new Set(results.map(({ id }: { id: string }) => id)).size).toBe(2_300);
    const empty = await feed('', 'jobs', 'add', 'many', '--from', '-', '--json');
    expect(JSON.parse(empty.stdout)).toEqual({ results: [], accepted: 0, refused: 0 });
  });

  test('list: by state and type, page by page or all, always in the shape of a page', async () => {
    for (let i = 0; i < 3; i++)
      await cluster.api.addJob({ workspace: 'listed', body: { type: `t${i % 2}` } });
    let all = await cluster.api.listJobs({ workspace: 'listed' });
    const isQueued = async () => {
      all = await cluster.api.listJobs({ workspace: 'listed' });
      return all.jobs.every(({ state }) => state === 'queued');
    };
    await waitFor(isQueued, { what: 'the jobs are in Redis' });
    expect(await json('jobs', 'list', 'listed')).toEqual(all);
    expect(await json('jobs', 'list', 'listed', '--all', '--limit', '2')).toEqual(all);
    const first = await json('jobs', 'list', 'listed', '--limit', '2');
    expect(first.jobs).toEqual(all.jobs.slice(0, 2));
    const rest = await json('jobs', 'list', 'listed', '--cursor', first.nextCursor);
    expect(rest).toEqual({ jobs: all.jobs.slice(2), nextCursor: null });
    expect((await json('jobs', 'list', 'listed', '--type', 't1')).jobs).toHaveLength(1);
    expect(await json('jobs', 'list', 'listed', '--state', 'dead')).toEqual({ jobs: [], nextCursor: null });

    const plain = await run('jobs', 'list', 'listed', '--limit', '2');
    expect(rows(plain).map(([id, , state]) => [id, state])).toEqual(
      all.jobs.slice(0, 2).map((job) => [job.id, 'queued']),
    );
    expect(plain.stderr).toBe(`There are more: --cursor ${first.nextCursor}, or --all.\n`);
  });

  test('cancel and retry: what became of it, and 1 when it cannot be', async () => {
    const { id } = await cluster.api.addJob({ workspace: 'one', body: { type: 'mail' } });
    expect(await json('jobs', 'cancel', 'one', id)).toEqual({ id, state: 'cancelled', wasRunning: false });
    expect(await run('jobs', 'retry', 'one', id)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('(JOB_NOT_DEAD)'),
    });
    const [dead = ''] = await bury('one', 1);
    expect(await run('jobs', 'cancel', 'one', dead)).toMatchObject({ code: 1 });
    expect(await json('jobs', 'retry', 'one', dead)).toEqual({ id: dead, state: 'accepted' });
  });
});

test('effects: lists those of which nobody knows whether they happened, and resolves them', async () => {
  const ledger = createLedger({ databaseUrl: cluster.postgres.url });
  for (const effectKey of ['pay:1', '../pay%202']) {
    const claim = { workspace: 'effective', effectKey, jobId: 'gone', attempt: 2, claimMs: 0 };
    // The second one finds that the first did not come back.
    for (let n = 0; n < 2; n++) await ledger.effects.claim(claim);
  }
  const shown = rows(await run('effects', 'list', 'effective')).map(([key, , job, attempt]) => [
    key,
    job,
    attempt,
  ]);
  expect(shown.sort()).toEqual([
    ['../pay%202', 'gone', '2'],
    ['pay:1', 'gone', '2'],
  ]);
  expect(
    await json('effects', 'resolve', 'effective', '../pay%202', 'done', '--result', '{"receipt":7}'),
  ).toEqual({ effectKey: '../pay%202', outcome: 'done' });
  expect(await run('effects', 'resolve', 'effective', 'pay:1', 'again')).toMatchObject({
    code: 0,
    stdout: 'pay:1 is run by the next attempt; retry its job\n',
  });
  expect(await json('effects', 'list', 'effective')).toEqual({ effects: [], nextCursor: null });
  expect((await ledger.effects.get('effective', '../pay%202'))?.result).toEqual({ receipt: 7 });
  expect(await run('effects', 'resolve', 'effective', 'pay:1', 'again')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('EFFECT_NOT_UNKNOWN'),
  });
  expect(await run('effects', 'resolve', 'effective', 'none', 'done')).toMatchObject({ code: 4 });
  expect(await run('effects', 'resolve', 'effective', 'pay:1', 'again', '--result', '1')).toMatchObject({
    code: 2,
  });
  await ledger.close();
});

test('dead: lists dead letters, and redrives some or all of them', async () => {
  const ids = await bury('graves', 4);
  expect((await json('dead', 'list', 'graves')).jobs.map(({ id }: { id: string }) => id).sort()).toEqual(
    ids.sort(),
  );
  expect(rows(await run('dead', 'list', 'graves', '--type', 'mail', '--limit', '1'))[0]?.slice(1, 4)).toEqual(
    ['mail', 'dead', '3/3'],
  );
  const one = await run('dead', 'redrive', 'graves', '--limit', '1');
  expect(ids).toContain(one.stdout.trim());
  expect(await json('dead', 'redrive', 'graves', '--type', 'mail', '--all')).toMatchObject({ redriven: 3 });
  expect(await json('dead', 'redrive', 'graves')).toEqual({ redriven: 0, ids: [] });
});

test('workspaces: set, get, list, pause and resume, as the API has them', async () => {
  const set = await json(
    ...['workspaces', 'set', 'ws', '--weight', '2.5', '--concurrency', '20', '--rate-per-second', '50'],
    ...['--burst', '100', '--max-backlog', '10', '--display-name', 'A Ltd'],
  );
  expect(set).toMatchObject({
    name: 'ws',
    displayName: 'A Ltd',
    settings: { weight: 2.5, concurrency: 20, ratePerSecond: 50, burst: 100, maxBacklog: 10 },
  });
  expect(await run('workspaces', 'set', 'ws', '--weight', '3', '--if-version', '99')).toMatchObject({
    code: 1,
  });
  const freed = await json('workspaces', 'set', 'ws', '--concurrency', 'unlimited', '--display-name', '');
  expect(freed).toMatchObject({ displayName: null, settings: { concurrency: 0 } });
  expect((await json('workspaces', 'pause', 'ws')).settings.paused).toBe(true);
  expect(await run('workspaces', 'pause', 'ws')).toMatchObject({
    stdout: expect.stringMatching(/^ws is paused: 0 waiting/),
  });
  expect((await json('workspaces', 'resume', 'ws')).settings.paused).toBe(false);
  expect(await json('workspaces', 'drain', 'ws', '--wait')).toMatchObject({ state: 'drained' });
  expect(await run('workspaces', 'drain', 'ws')).toMatchObject({ code: 0, stdout: 'ws is drained\n' });
  await json('workspaces', 'resume', 'ws');
  expect((await json('workspaces', 'get', 'ws')).name).toBe('ws');
  expect(rows(await run('workspaces', 'get', 'ws'))).toContainEqual(['concurrency', 'unlimited']);
  const following = ['--concurrency', 'quota', '--rate-per-second', 'quota', '--high-quota', 'on'];
  expect(await json('workspaces', 'set', 'ws', ...following, '--fairness', 'runtime')).toMatchObject({
    settings: { concurrency: 'quota', ratePerSecond: 'quota', highQuotaEnabled: true, fairness: 'runtime' },
    quota: 64,
    limits: { concurrency: 64, ratePerSecond: 64, burst: 100 },
  });
  expect(rows(await run('workspaces', 'get', 'ws'))).toContainEqual(['concurrency', 'quota (64)']);
  const names = (await json('workspaces', 'list', '--all', '--limit', '2')).workspaces.map(
    ({ name }: { name: string }) => name,
  );
  expect(names).toEqual([...names].sort());
  expect(names).toContain('ws');
});

test('workspaces backfill-high-quota: every workspace that exists, once', async () => {
  await json('workspaces', 'set', 'early', '--weight', '2');
  const dry = await json('workspaces', 'backfill-high-quota', '--dry-run');
  expect(dry.rows_updated).toBeGreaterThan(0);
  expect(dry.enabled).toBe(dry.total - dry.rows_updated);
  const { rows_updated, total } = dry;
  const command = ['workspaces', 'backfill-high-quota'];
  expect(await json(...command)).toEqual({ rows_updated, enabled: total, total, dryRun: false });
  expect((await run(...command)).stdout).toBe(`rows_updated 0\nenabled ${total}/${total}\n`);
  expect((await json('workspaces', 'get', 'early')).settings.highQuotaEnabled).toBe(true);
  expect((await json('workspaces', 'set', 'late', '--weight', '2')).settings.highQuotaEnabled).toBe(false);
});

test('workspaces drain --wait: ends when the last job has', async () => {
  const { id } = await cluster.api.addJob({ workspace: 'full', body: { type: 'mail' } });
  expect(await run('workspaces', 'drain', 'full')).toMatchObject({
    stdout: 'full takes no new jobs: 1 left\n',
  });
  let ended = false;
  const waiting = json('workspaces', 'drain', 'full', '--wait').finally(() => {
    ended = true;
  });
  await cluster.api.getWorkspace({ workspace: 'full' });
  expect(ended).toBe(false);
  await cluster.api.cancelJob({ workspace: 'full', id });
  expect(await waiting).toMatchObject({ state: 'drained' });
});

test('schedules: set by cron or interval, get, list and delete', async () => {
  const cron = [
    'schedules',
    'set',
    'acme',
    'nightly',
    '--cron',
    '0 3 * * *',
    '--tz',
    'Europe/Berlin',
    '--type',
    'r',
  ];
  const made = await json(...cron, '--payload', '[1]', '--missed', 'skip', '--max-attempts', '2');
  expect(made).toMatchObject({
    cron: '0 3 * * *',
    tz: 'Europe/Berlin',
    missed: 'skip',
    job: { type: 'r', payload: [1], maxAttempts: 2 },
  });
  expect(
    await json('schedules', 'set', 'acme', 'sync', '--every', '15m', '--type', 's', '--paused'),
  ).toMatchObject({
    everyMs: 900_000,
    paused: true,
  });
  expect(await json('schedules', 'get', 'acme', 'nightly')).toEqual(made);
  expect(rows(await run('schedules', 'list', 'acme')).map((row) => row.slice(0, 4))).toEqual([
    ['nightly', '0 3 * * * (Europe/Berlin)', 'r', made.nextDueAt],
    ['sync', 'every 15m', 's', 'paused'],
  ]);
  expect(await json('schedules', 'list', 'acme', '--limit', '1')).toMatchObject({
    schedules: [made],
    nextCursor: 'nightly',
  });
  expect(await json('schedules', 'delete', 'acme', 'sync')).toEqual({
    workspace: 'acme',
    name: 'sync',
    deleted: true,
  });
  expect(await run('schedules', 'delete', 'acme', 'sync')).toMatchObject({ code: 4, stdout: '' });
  const wrong = await run('schedules', 'set', 'acme', 'x', '--cron', 'nope', '--type', 'r');
  expect(wrong).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^error: .*\(INVALID_REQUEST\)\nfix: /),
  });
});

test('flags: set for a while, get, list, clear', async () => {
  const set = await json('flags', 'set', 'schedules-paused', 'true', '--expires-in', '15m');
  expect(set).toMatchObject({ name: 'schedules-paused', value: true, source: 'set' });
  // Two readings of one clock.
  expect(Math.round((Date.parse(set.expiresAt) - Date.parse(set.updatedAt)) / 1_000)).toBe(900);
  expect(await json('flags', 'get', 'schedules-paused')).toEqual(set);
  expect(await json('flags', 'list')).toEqual(await cluster.api.listFlags());
  expect(rows(await run('flags', 'list')).map(([name]) => name)).toContain('redis-full-percent');
  expect(await json('flags', 'set', 'redis-full-percent', '80')).toMatchObject({ value: 80 });
  expect(await json('flags', 'clear', 'redis-full-percent')).toMatchObject({ value: 70, source: 'initial' });
  await json('flags', 'clear', 'schedules-paused');
  expect(await run('flags', 'get', 'no-such')).toMatchObject({ code: 4 });
  expect(await run('flags', 'set', 'redis-full-percent', '1')).toMatchObject({ code: 2 });
});

describe('keys', () => {
  test('create: in a pipe the key and nothing else; it works until it is revoked', async () => {
    const made = await run('keys', 'create', 'reader', '--scope', 'read', '--workspace', 'acme');
    expect(made).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/^flk_[0-9a-f]{12}_\S{43}\n$/),
    });
    const key = made.stdout.trim();
    const env = { ...cluster.env, FAIRLEAD_API_KEY: key };
    expect(await fairlead(['jobs', 'list', 'acme'], { env })).toMatchObject({ code: 0 });
    // Not its workspace: as if there was none.
    expect(await fairlead(['workspaces', 'get', 'ws'], { env })).toMatchObject({ code: 4 });
    expect(await fairlead(['jobs', 'add', 'acme', 't'], { env })).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('(INSUFFICIENT_SCOPE)'),
    });
    const prefix = key.split('_')[1] ?? '';
    expect(await json('keys', 'revoke', prefix)).toEqual({ prefix, revoked: true });
    expect(await fairlead(['jobs', 'list', 'acme'], { env })).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('(UNAUTHENTICATED)'),
    });
    expect(await run('keys', 'revoke', prefix)).toMatchObject({ code: 4 });
  });

  test('list: all of them, and the secret of none', async () => {
    const made = await json('keys', 'create', 'all', '--scope', 'read', 'enqueue', '--scope', 'operate');
    expect(made).toMatchObject({ label: 'all', scopes: ['read', 'enqueue', 'operate'], workspace: null });
    const { keys } = await json('keys', 'list');
    expect(keys.at(-1)).toMatchObject({ prefix: made.prefix, label: 'all', revokedAt: null });
    const plain = await run('keys', 'list');
    expect(rows(plain).at(-1)?.slice(0, 4)).toEqual([made.prefix, 'all', 'read,enqueue,operate', 'all']);
    expect(plain.stdout + JSON.stringify(keys)).not.toContain(made.key);
  });

  test('revoke: a key as an argument is refused before it goes anywhere', async () => {
    const refused = await run('keys', 'revoke', 'flk_0123456789ab_secret');
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('not its prefix') });
    expect(refused.stderr).not.toContain('secret');
  });
});

test('those of which only the JSON was looked at, as processes', async () => {
  const { id } = await cluster.api.addJob({ workspace: 'rest', body: { type: 'mail' } });
  await cluster.api.putSchedule({
    workspace: 'rest',
    name: 'sync',
    body: { everyMs: 60_000, job: { type: 's' } },
  });
  const ended = await Promise.all([
    run('jobs', 'get', 'rest', id),
    run('jobs', 'cancel', 'rest', id),
    run('workspaces', 'list', '--all'),
    run('workspaces', 'set', 'rest', '--weight', '2'),
    run('workspaces', 'resume', 'rest'),
    run('schedules', 'get', 'rest', 'sync'),
    run('flags', 'clear', 'schedules-paused'),
  ]);
  expect(ended.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
    ended.map(() => ({ code: 0, stderr: '' })),
  );
  const [got, cancelled, listed, set, resumed, schedule, cleared] = ended.map(({ stdout }) => stdout);
  expect(got).toContain(`id\t${id}\nworkspace\trest\ntype\tmail\n`);
  expect(cancelled).toBe(`${id} is cancelled\n`);
  expect(listed).toMatch(/^rest\t/m);
  expect(set).toContain('weight\t2\n');
  expect(resumed).toMatch(/^rest goes on: /);
  expect(schedule).toContain('recurrence\tevery 1m\n');
  expect(cleared).toContain('source\tinitial\n');
});
