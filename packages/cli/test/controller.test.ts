/** The commands about what is decided, against a controller that decides once a second. */
import { readFileSync } from 'node:fs';
import { applyMigrations, createLedger } from '@fairlead/ledger';
import {
  faultProxy,
  privatePostgres,
  privateRedis,
  startProcess,
  type TestPostgres,
  type TestProcess,
  type TestRedis,
  waitFor,
} from '@fairlead/testkit';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { fairlead, inProcess } from './fairlead.ts';

// Each run is a process, and this machine may have others to run.
jest.setTimeout(240_000);

const CONTROLLER = new URL('../../../services/controller/src/main.ts', import.meta.url);

let redis: TestRedis;
let postgres: TestPostgres;
let controller: TestProcess;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  [redis, postgres] = await Promise.all([privateRedis(), privatePostgres()]);
  await applyMigrations(postgres.url);
  const ledger = createLedger({ databaseUrl: postgres.url });
  const key = { label: 'test', scopes: ['read', 'operate'], createdBy: 'test' } as const;
  const { key: apiKey } = await ledger.apiKeys.create(key);
  await ledger.workspaces.ensure(['acme']);
  await ledger.close();
  controller = await startProcess(CONTROLLER, {
    env: {
      REDIS_URL: redis.url,
      DATABASE_URL: postgres.url,
      FAIRLEAD_TICK_MS: '1000',
      // Nobody else is to lead, and on a machine that stands still it must not have to begin anew.
      FAIRLEAD_LEASE_MS: '60000',
      FAIRLEAD_DRILL: 'on',
      HOST: '',
      PORT: '',
      LOG_LEVEL: '',
    },
  });
  env = { FAIRLEAD_CONTROLLER_URL: controller.url, FAIRLEAD_API_KEY: apiKey };
  await until('something was decided', async () => (await json('capacity', 'show')).decision !== null);
});
afterAll(async () => {
  await controller?.stop();
  await Promise.all([redis?.stop(), postgres?.stop()]);
});

const run = (...args: string[]) => inProcess(args, { env });
const until = (what: string, condition: () => Promise<boolean>) =>
  waitFor(condition, { what, deadlineMs: 60_000 });

/** What a command that must do it printed as JSON. */
// biome-ignore lint/suspicious/noExplicitAny: answers are looked into by their tests
async function json(...args: string[]): Promise<any> {
  const { code, stdout, stderr } = await run(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

test('capacity: shown with its reason, pinned, released and stepped', async () => {
  const { stdout } = await fairlead(['capacity', 'show'], { env });
  expect(stdout).toMatch(/^capacity\t1024\n(?:.*\n)*why\t.+\n(?:.*\n)*leader\t.+ \(epoch \d+\)\n/);

  const { stdout: help } = await run('capacity', 'pin', '--help');
  expect(help).toMatch(/--reason <text> .+ \(required\)$/m);
  const order = ['--reason', 'a test', '--expires-in', '1h'];
  expect(await run('capacity', 'pin', '222', ...order)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^capacity is pinned at 222 by key:\w+, ends \S+: a test\n$/),
  });
  await until('the pin is taken', async () => (await json('capacity', 'show')).capacity === 222);
  expect(await json('capacity', 'show')).toMatchObject({
    pin: { value: 222, reason: 'a test' },
    decision: { reasonCode: 'operator_override', words: expect.stringContaining('pinned') },
  });
  expect(await json('capacity', 'release')).toEqual({ released: true });
  expect(await run('capacity', 'release')).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('(ORDER_NOT_FOUND)'),
  });
  await until('the pin is over', async () => (await json('capacity', 'show')).capacity === 1_024);
  expect(await json('capacity', 'step', '-64', '--reason', 'a test')).toMatchObject({
    kind: 'step',
    value: -64,
  });
  expect(await run('capacity', 'step', '64', '--reason', 'x')).toMatchObject({
    code: 0,
    stdout: 'capacity changes by +64 with the next tick\n',
  });
  for (const wrong of [
    ['step', '0'],
    ['step', '1.5'],
    ['pin', '-1'],
    ['pin', '10'],
  ]) {
    expect(await run('capacity', ...wrong, '--reason', 'x')).toMatchObject({ code: 2, stdout: '' });
  }
});

test('policy: the one that is decided by is shown, under the name that decisions have for it', async () => {
  const running = await json('policy', 'running');
  expect(running).toMatchObject({
    source: 'default',
    leads: true,
    policy: { backpressure: { tickMs: 1_000 } },
  });
  const { decisions } = await json('decisions', 'list', '--kind', 'autoscale', '--limit', '1');
  expect(await json('decisions', 'explain', decisions[0].id)).toMatchObject({
    record: { policyHash: running.hash },
  });
  const { stdout } = await run('policy', 'running');
  expect(stdout).toMatch(/^autoscale\.floor\t1024\t\t.+$/m);
  expect(stdout).toMatch(/^backpressure\.tickMs\t1000\t15000\t.+$/m);
});

test('decisions: listed, followed, explained and verified', async () => {
  const pin = ['capacity', 'pin', '500', '--reason', 'x', '--expires-in', '1h'];
  await run(...pin);
  const list = ['decisions', 'list', '--reason', 'operator_override', '--subject', 'cluster'];
  await until('the pin is taken', async () =>
    (await json(...list)).decisions.some(({ to }: { to: number }) => to === 500),
  );
  await run('capacity', 'release');
  const { decisions } = await json(...list, '--all', '--limit', '1');
  const [newest] = decisions;
  expect(newest).toMatchObject({ kind: 'autoscale', to: 500, action: 'lower' });
  const { stdout } = await fairlead([...list, '--changes', '--since', '1h', '--limit', '1'], { env });
  expect(stdout.split('\t').slice(1, 8)).toEqual([
    ...[newest.id, 'autoscale', 'cluster', 'lower', String(newest.from), '500', 'operator_override'],
  ]);

  const last = await run('decisions', 'tail', '--lines', '2', '--json');
  const tailed = last.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).position);
  expect(tailed).toEqual([...tailed].sort((a, b) => a - b));

  expect(await json('decisions', 'explain', newest.id)).toMatchObject({
    words: newest.words,
    evidence: [],
    decision: { id: newest.id },
    record: { reasonCode: 'operator_override' },
  });
  expect((await run('decisions', 'explain', newest.id)).stdout).toContain(`why\t${newest.words}\n`);
  expect(await run('decisions', 'explain', 'autoscale:999999')).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('(DECISION_NOT_FOUND)'),
  });

  expect(await json('decisions', 'verify')).toMatchObject({ ok: true, differences: [] });
  expect(await json('decisions', 'verify', 'autoscale')).toMatchObject({ ok: true, subjects: 1 });
  expect(await run('decisions', 'verify', 'promotion:nobody')).toMatchObject({ code: 4 });
  expect(await run('decisions', 'verify', '--policy', 'x.json')).toMatchObject({ code: 2 });
  expect(await run('decisions', 'explain', 'autoscale:1', '--policy', 'x.json')).toMatchObject({ code: 2 });
  expect(await run('decisions', 'list', 'x.json', '--all')).toMatchObject({ code: 2 });
});

test('decisions: what was mistyped is no empty answer', async () => {
  expect(await run('decisions', 'list', '--reason', 'guardrail_stepdown')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('guardrail_step_down, '),
  });
  expect(await run('decisions', 'verify', 'promotion')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('like promotion:acme'),
  });
});

test('decisions tail --follow prints what comes, until it is stopped', async () => {
  const proxy = await faultProxy({ port: Number(new URL(controller.url).port) });
  // It drops none, and counts them.
  proxy.dropAnswers(0);
  const stop = new AbortController();
  const lines: string[] = [];
  const following = inProcess(
    ['decisions', 'tail', '--follow', '--lines', '0', '--json', '--kind', 'autoscale'],
    {
      env: { ...env, FAIRLEAD_CONTROLLER_URL: proxy.through(controller.url) },
      signal: stop.signal,
      onStdout: (text) => lines.push(text),
    },
  );
  await until('it knows the last one', async () => proxy.counts().answers > 0);
  await run('capacity', 'pin', '333', '--reason', 'x', '--expires-in', '1h');
  await until('it is told', async () => lines.some((line) => JSON.parse(line).to === 333));
  stop.abort();
  expect((await following).code).toBe(130);
  await run('capacity', 'release');
  await proxy.close();
});

test('decisions tail --follow outlives a controller that does not answer for a while', async () => {
  const proxy = await faultProxy({ port: Number(new URL(controller.url).port) });
  const stop = new AbortController();
  const lines: string[] = [];
  const following = inProcess(
    ['decisions', 'tail', '--follow', '--lines', '1', '--json', '--kind', 'autoscale'],
    {
      env: { ...env, FAIRLEAD_CONTROLLER_URL: proxy.through(controller.url) },
      signal: stop.signal,
      onStdout: (text) => lines.push(text),
    },
  );
  await until('it follows', async () => lines.length > 0);
  proxy.dropAnswers(1);
  await until('an answer is lost', async () => proxy.counts().droppedAnswers > 1);
  await run('capacity', 'pin', '444', '--reason', 'x', '--expires-in', '1h');
  proxy.pass();
  await until('it is told', async () => lines.some((line) => JSON.parse(line).to === 444));
  stop.abort();
  const { code, stderr } = await following;
  expect(code).toBe(130);
  expect(stderr).toMatch(/^waiting: There is no answer from \S+: .+\nThe controller answers again\.\n/);
  await run('capacity', 'release');
  await proxy.close();
});

test('decisions verify ends with 1 when a row was changed', async () => {
  const change = (from: string, to: string) =>
    postgres.query(
      `UPDATE "Decision" SET "record" = replace("record"::text, '${from}', '${to}')::json WHERE "kind" = 'autoscale' AND "seq" = 1`,
      postgres.url,
    );
  await change('"epoch":1', '"epoch":9');
  try {
    expect(await run('decisions', 'verify')).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^autoscale:1\tchanged\t/m),
      stderr: expect.stringContaining('The decisions do not hold'),
    });
    expect(await run('decisions', 'explain', 'autoscale:1')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('(DECISION_BROKEN)'),
    });
  } finally {
    await change('"epoch":9', '"epoch":1');
  }
});

test('decisions switch, promotions freeze and release: in force until they are taken back', async () => {
  const off = await json('decisions', 'switch', 'backpressure', 'off', '--reason', 'x', '--expires-in', '1h');
  expect(off).toMatchObject({ kind: 'switch', subject: 'backpressure', isInForce: true });
  expect(await json('decisions', 'switch', 'backpressure', 'on')).toEqual({ kind: 'backpressure', on: true });
  expect(await run('decisions', 'switch', 'backpressure', 'on')).toMatchObject({ code: 4 });
  expect(await run('decisions', 'switch', 'backpressure', 'off')).toMatchObject({ code: 2 });
  const one = ['--workspace', 'acme'];
  expect(await json('promotions', 'freeze', '--reason', 'x', ...one)).toMatchObject({ subject: 'acme' });
  expect((await run('decisions', 'orders')).stdout).toMatch(/^freeze\tacme\t\tkey:\w+\t\S+\t\tx\n/);
  expect(await json('promotions', 'release', ...one)).toEqual({ released: true });
  const { overrides } = await json('decisions', 'orders');
  expect(overrides).toContainEqual(expect.objectContaining({ kind: 'freeze', isInForce: false }));
  expect(await run('promotions', 'release', ...one)).toMatchObject({ code: 4 });
});

test('drill: a failure rate is injected, and what follows is marked as an exercise', async () => {
  const args = ['failure_rate', '5%', '--expires-in', '5m', '--reason', 'x'];
  expect(await json('drill', 'start', ...args)).toMatchObject({ signal: 'failure_rate', value: 500 });
  const list = ['decisions', 'list', '--kind', 'autoscale', '--reason', 'guardrail_hold'];
  await until('it is decided on', async () => (await json(...list)).decisions.length > 0);
  expect((await json(...list)).decisions[0]).toMatchObject({
    synthetic: true,
    words: expect.stringMatching(/^Exercise: /),
  });
  expect((await run('drill', 'list')).stdout).toMatch(/^failure_rate\t5%\tkey:/);
  expect(await json('drill', 'stop', 'failure_rate')).toEqual({ stopped: true });
  expect(await json('drill', 'list')).toEqual({ drills: [], areAllowed: true });
  const more = ['--expires-in', '1m', '--reason', 'x'];
  expect(await json('drill', 'start', 'ledger_lag', '40s', ...more)).toMatchObject({ value: 40_000 });
  expect(await json('drill', 'start', 'redis_memory', 'missing', ...more)).toMatchObject({ value: null });
  for (const signal of ['ledger_lag', 'redis_memory']) await run('drill', 'stop', signal);
  for (const wrong of [
    ['weather', '1'],
    ['failure_rate', 'much'],
    ['failure_rate', '80ms'],
  ]) {
    expect(await run('drill', 'start', ...wrong, ...more)).toMatchObject({ code: 2, stdout: '' });
  }
});

test('rollout: from a draft to the first stage and back', async () => {
  const feature = ['--feature', 'promotion'];
  expect(await json('rollout', 'create', 'ladder', ...feature)).toMatchObject({ status: 'draft' });
  expect(await run('rollout', 'create', 'ladder-2', ...feature)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('(FEATURE_BUSY)'),
  });
  const status = (wanted: string) =>
    until(`it is ${wanted}`, async () => (await json('rollout', 'status', 'ladder')).status === wanted);
  for (const [order, wanted] of [
    ['start', 'running'],
    ['pause', 'paused'],
    ['resume', 'running'],
    ['abort', 'aborted'],
  ] as const) {
    expect(await json('rollout', order, 'ladder')).toMatchObject({ order: { order } });
    await status(wanted);
  }
  const { stdout } = await fairlead(['rollout', 'status', 'ladder'], { env });
  expect(stdout).toMatch(
    /^name\tladder\nfeature\tpromotion\nstatus\taborted\nshare\t0%\nwhy\t.+\n(?:.*\n)*stage\t5%\t/,
  );
  expect((await run('rollout', 'list')).stdout).toMatch(/^ladder\tpromotion\taborted\t0%\tabort by key:/);
  expect(await run('rollout', 'status', 'none')).toMatchObject({ code: 4 });
});

test('doctor says whether somebody decides', async () => {
  const { stdout } = await run('doctor', '--json');
  const found = JSON.parse(stdout).findings as { check: string; status: string; detail: string }[];
  const of = (name: string) => found.find(({ check }) => check === name);
  expect(of('controller')).toMatchObject({ status: 'ok' });
  expect(of('decisions')).toMatchObject({
    status: 'ok',
    detail: expect.stringContaining(' decides; the last'),
  });
  const nowhere = await inProcess(['doctor', '--json'], {
    env: { ...env, FAIRLEAD_CONTROLLER_URL: 'http://127.0.0.1:9' },
  });
  expect(nowhere.stdout).toContain('"controller",\n      "status": "failed"');
});

test('without its address the command says which setting is missing', async () => {
  const { FAIRLEAD_API_KEY = '' } = env;
  expect(await inProcess(['capacity', 'show'], { env: { FAIRLEAD_API_KEY } })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('FAIRLEAD_CONTROLLER_URL is not set'),
  });
});

describe('docs/controller.md', () => {
  const page = readFileSync(new URL('../../../docs/controller.md', import.meta.url), 'utf8');

  test('its commands run one after another', async () => {
    const lines = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = '']) =>
      block.trimEnd().split('\n'),
    );
    expect(lines.length).toBeGreaterThan(15);
    for (const line of lines) {
      const [npx, program, ...args] = wordsOf(line);
      expect([npx, program]).toEqual(['npx', 'fairlead']);
      let ended = await run(...args);
      // An order that waits for a tick; who pastes the page takes longer.
      const isEarly = () => ended.stderr.includes('(ROLLOUT_REFUSED)');
      if (isEarly()) {
        await until(`${line} is taken`, async () => {
          ended = await run(...args);
          return !isEarly();
        });
      }
      expect({ line, ...ended }).toMatchObject({ code: 0, stderr: '' });
    }
  });
});

/** As a shell has them, as far as the page needs one. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}
