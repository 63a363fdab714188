/** `fairlead replay`: in the model, and against a dispatcher with a consumer. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { startProcess, type TestProcess, waitFor } from '@fairlead/testkit';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { ReplayReport } from '../src/replay/report.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { inProcess } from './fairlead.ts';

jest.setTimeout(240_000);

const folder = mkdtempSync(join(tmpdir(), 'fairlead-replay-'));
const servers: Server[] = [];
afterAll(() => {
  rmSync(folder, { recursive: true });
  for (const server of servers) server.close();
});

/** A CSV in a file, a row for each job. */
function traceOf(
  name: string,
  rows: readonly (readonly [tenant: string, at: number, seconds: number])[],
): string {
  const path = join(folder, name);
  writeFileSync(path, ['tenant,time,duration', ...rows.map((row) => row.join())].join('\n'));
  return path;
}

const many = (count: number, tenant: string, at: number, seconds: number) =>
  Array.from({ length: count }, () => [tenant, at, seconds] as const);

const shared = traceOf('shared.csv', [...many(1_500, 'Hog Inc.', 0, 1), ...many(900, 'Light', 0, 1)]);

describe('in the model', () => {
  test('says minute by minute who was served, and writes the report to a file', async () => {
    const file = join(folder, 'report.json');
    const { code, stdout, stderr } = await inProcess([
      'replay',
      shared,
      '--model',
      '--slots',
      '10',
      '--json',
      file,
    ]);
    expect([code, stderr]).toEqual([0, `${file}: the report of 2400 starts\n`]);
    const [first, second] = stdout.split('\n');
    expect(first?.split('\t')).toEqual(['minute', '0', '600', '2', '50.0%', '2', '1.0000', 'app-hog-inc']);
    expect(second).toMatch(/^minute\t1\t600\t/);
    const report = JSON.parse(readFileSync(file, 'utf8')) as ReplayReport;
    expect(report).toMatchObject({
      model: { slots: 10 },
      cluster: null,
      totals: { jobs: 2_400, tenants: 2, started: 2_400, topShare: 0.625, jain: { minutes: 2 } },
      tenants: [
        { tenant: 'Hog Inc.', workspace: 'app-hog-inc', started: 1_500 },
        { tenant: 'Light', workspace: 'app-light', started: 900 },
      ],
    });
    expect(report.totals.jain?.least).toBeGreaterThan(0.999);
    expect(report.minutes.map(({ total }) => total)).toEqual([600, 600, 600, 600]);
  });

  test('reads columns of any name, from standard input too', async () => {
    const input = 'id,customer,took_ms,began_ms\n1,acme,30,1000\n2,acme,30,1010\n';
    const columns = ['--tenant', 'customer', '--start', 'began_ms', '--duration', 'took_ms', '--unit', 'ms'];
    const args = ['replay', '-', '--model', '--slots', '1', ...columns, '--prefix', '', '--json'];
    const { code, stdout } = await inProcess(args, { input });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).tenants).toMatchObject([
      { workspace: 'acme', started: 2, waitMs: { most: 20 } },
    ]);
  });

  test.each([
    [['--slots', '4'], 'is of the model'],
    [['--model', '--tenant', 'app'], 'Columns are named together'],
    [['--model', '--speed', '4'], 'cannot be used'],
    [['--model', '--prefix', 'A_'], 'does not begin a name'],
    [['--model', '--tenant', 'app', '--start', 'x', '--duration', 'duration'], 'it has no column app, x'],
  ])('%j: says what is wrong', async (args, words) => {
    const { code, stderr } = await inProcess(['replay', shared, ...args]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
  });
});

test('a job that runs for hours is refused before anything is handed in', async () => {
  const { code, stderr } = await inProcess(['replay', traceOf('long.csv', [['a', 0, 9_000]])]);
  expect([code, stderr]).toEqual([2, expect.stringContaining('--speed 3')]);
});

/** A dispatcher that answers as it is told, and the batches that it got. */
async function serve(
  answer: (path: string, batches: number) => { status: number; body: unknown } | undefined,
) {
  const batches: { workspace: string; idempotencyKey?: string }[][] = [];
  const server = createServer(async (req, res) => {
    const request = await text(req);
    if (req.method === 'POST') {
      batches.push(
        request
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line)),
      );
    }
    const given = answer(req.url ?? '', batches.length);
    if (given === undefined) return res.destroy();
    const type = given.status < 400 ? 'application/json' : 'application/problem+json';
    return res.writeHead(given.status, { 'content-type': type }).end(JSON.stringify(given.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  const env = {
    FAIRLEAD_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    FAIRLEAD_API_KEY: `flk_000000000000_${'x'.repeat(43)}`,
  };
  return { env, batches };
}

const problem = (status: number, code: string, more = {}) => ({
  ...{ type: `urn:fairlead:problem:${code}`, title: code, status, code, detail: 'It is not possible.' },
  ...more,
});
const accepted = (index: number) => ({
  index,
  status: 202,
  id: `job-${index}`,
  state: 'waiting',
  position: 1,
});
const batch = (results: { status: number }[]) => ({
  status: 207,
  body: { accepted: results.length, refused: 0, results },
});

test('what is refused or gets no answer is sent again, each job under a key of its own', async () => {
  const stop = new AbortController();
  const full = problem(429, 'BACKLOG_FULL', { reason: 'backlog_limit', retryAfterSeconds: 0 });
  const { env, batches } = await serve((_path, sent) => {
    if (sent === 1) return batch([accepted(0), { index: 1, status: 429, problem: full } as never]);
    stop.abort();
    return undefined;
  });
  const trace = traceOf('two.csv', many(2, 'a', 0, 0));
  const { code, stderr } = await inProcess(['replay', trace], { env, signal: stop.signal });
  expect(batches.map((items) => items.length)).toEqual([2, 1]);
  expect(batches[1]).toEqual([batches[0]?.[1]]);
  expect(new Set(batches[0]?.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(2);
  expect(code).toBe(130);
  expect(stderr).toContain('Interrupted: 0 of 2 jobs were handed in, of 2 more nobody knows.');
});

test('without a ledger there are no keys and no lists: jobs are asked for one by one', async () => {
  const off = problem(409, 'LEDGER_OFF');
  const { env, batches } = await serve((path, sent) => {
    if (path === '/v1/jobs:batch') {
      return batch(
        [0, 1].map((index) =>
          sent === 1 ? ({ index, status: 409, problem: off } as never) : accepted(index),
        ),
      );
    }
    if (path.startsWith('/v1/workspaces?'))
      return { status: 200, body: { workspaces: [], nextCursor: null } };
    if (path.includes('/jobs?')) return { status: 409, body: off };
    if (path.endsWith('job-1')) return { status: 404, body: problem(404, 'JOB_NOT_FOUND') };
    const [createdAt, startedAt] = ['2026-01-31T08:00:00.000Z', '2026-01-31T08:00:00.250Z'];
    return { status: 200, body: { id: 'job-0', state: 'succeeded', createdAt, startedAt } };
  });
  const trace = traceOf('off.csv', many(2, 'a', 0, 0));
  const { code, stdout, stderr } = await inProcess(['replay', trace, '--json'], { env });
  expect(batches[1]?.map(({ idempotencyKey }) => idempotencyKey)).toEqual([undefined, undefined]);
  expect(JSON.parse(stdout)).toMatchObject({
    cluster: { accepted: 2, refused: 0, succeeded: 1, lost: 1 },
    totals: { started: 1, waitMs: { p50: 250 } },
  });
  expect([code, stderr]).toEqual([1, expect.stringContaining('1 of 2 jobs did not succeed.')]);
});

describe('against a cluster', () => {
  let cluster: Cluster;
  let consumer: TestProcess;

  beforeAll(async () => {
    cluster = await startCluster();
    consumer = await startProcess(new URL('../../../services/consumer/src/main.ts', import.meta.url), {
      env: {
        ...{ REDIS_URL: cluster.redis.url, DATABASE_URL: cluster.postgres.url },
        ...{ FAIRLEAD_CONCURRENCY: '4', HOST: '', PORT: '', LOG_LEVEL: '' },
      },
    });
  });
  afterAll(async () => {
    await consumer?.stop();
    await cluster?.stop();
  });

  test('hands the jobs in at their times, runs them as long as they ran, and reports minutes of the trace', async () => {
    // A minute of it takes half a second.
    const trace = traceOf('tiny.csv', [
      ...many(20, 'hog', 0, 6),
      ...many(2, 'light', 6, 6),
      ['late', 240, 0],
    ]);
    const args = ['replay', trace, '--speed', '120', '--prefix', 'tiny-', '--json'];
    const { code, stdout, stderr } = await inProcess(args, { env: cluster.env });
    expect([code, stderr]).toEqual([0, '']);
    const report = JSON.parse(stdout) as ReplayReport;
    expect(report.cluster).toMatchObject({
      ...{ speed: 120, type: 'demo.sleep', accepted: 23, refused: 0 },
      ...{ succeeded: 23, dead: 0, unfinished: 0, lost: 0 },
    });
    expect(report.tenants.map(({ workspace, started }) => [workspace, started])).toEqual([
      ['tiny-hog', 20],
      ['tiny-light', 2],
      ['tiny-late', 1],
    ]);
    expect(report.minutes.reduce((sum, { total }) => sum + total, 0)).toBe(23);
    expect(report.minutes.length).toBeGreaterThanOrEqual(3);
    const { job } = await cluster.api
      .listJobs({ workspace: 'tiny-hog' })
      .then(({ jobs }) => ({ job: jobs[0] }));
    expect(job).toMatchObject({ state: 'succeeded', payload: { ms: 50 } });
  });

  test('cut short, it says what was handed in', async () => {
    const trace = traceOf('cut.csv', [...many(3, 'a', 0, 0), ['a', 0.3, 0], ['a', 3_600, 0]]);
    const stop = new AbortController();
    const ended = inProcess(['replay', trace, '--prefix', 'cut-'], { env: cluster.env, signal: stop.signal });
    const listed = () => cluster.api.listJobs({ workspace: 'cut-a' }).catch(() => ({ jobs: [] }));
    await waitFor(async () => (await listed()).jobs.length === 4, { what: 'the second request has come' });
    stop.abort();
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    // The answer to its last request may have been on its way, and on a slow machine that request has had all four.
    expect(stderr).toMatch(
      /Interrupted: (4 of 5 jobs were handed in|3 of 5 .*, of 1 more nobody knows|0 of 5 .*, of 4 more nobody knows)\./,
    );
    expect(stderr).toContain('Those that were handed in run on.');
  });

  test('another type runs instead when it is asked for', async () => {
    const trace = traceOf('echo.csv', many(2, 'f', 0, 2));
    const args = ['replay', trace, '--prefix', 'echo-', '--type', 'demo.echo'];
    const { code, stdout, stderr } = await inProcess(args, { env: cluster.env });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^started\t2$/m);
    const { jobs } = await cluster.api.listJobs({ workspace: 'echo-f' });
    expect(jobs).toMatchObject([{ result: { ms: 2_000 } }, { result: { ms: 2_000 } }]);
  });

  test('jobs that are refused are told with the reason, and it ends with 1', async () => {
    await cluster.api.drainWorkspace({ workspace: 'echo-f' });
    const args = ['replay', traceOf('drained.csv', many(2, 'f', 0, 0)), '--prefix', 'echo-'];
    const { code, stdout, stderr } = await inProcess(args, { env: cluster.env });
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^refused\t2$/m)]);
    expect(stderr).toMatch(/2 of 2 jobs did not succeed\.\n2 refused: .*WORKSPACE_DRAINING/);
  });
});
