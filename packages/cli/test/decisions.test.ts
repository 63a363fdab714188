/** Simulated decisions as files: written, taken again, looked into, and spoilt. No server takes part. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalText, SCENARIOS } from '@fairlead/core';
import { seeded } from '@fairlead/testkit';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { fairlead, inProcess, onTerminal } from './fairlead.ts';

// A day of forty tenants is a few seconds of work, and this machine may have other work.
jest.setTimeout(240_000);

const folder = mkdtempSync(join(tmpdir(), 'fairlead-decisions-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(at(name), content);
  return at(name);
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into by their tests
async function json(...args: string[]): Promise<any> {
  const { code, stdout, stderr } = await inProcess([...args, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

describe('simulate', () => {
  test.each(Object.keys(SCENARIOS))('%s: the log it writes holds, every decision of it', async (scenario) => {
    const path = at(`${scenario}.json`);
    // As processes: the engine is several times slower among Jest's modules.
    const run = await fairlead(['simulate', '--scenario', scenario, '--seed', '1', '--json', path]);
    expect(run).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^.*\.json: \d+ decisions, .* MB\n$/),
    });
    const [, recorded] = /^recorded\t(\d+)$/m.exec(run.stdout) ?? [];
    const verified = JSON.parse((await fairlead(['decisions', 'verify', path, '--json'])).stdout);
    expect(verified).toMatchObject({
      ok: true,
      recomputed: Number(recorded),
      otherVersion: 0,
      differences: [],
    });
    expect(verified.recomputed).toBeGreaterThan(50);
  });

  test('in a pipe: facts, then reasons, then changes, a line each', async () => {
    const { stdout } = await inProcess(['simulate', '--scenario', 'demotion']);
    const rows = stdout.split('\n').map((line) => line.split('\t'));
    expect(rows.slice(0, 2)).toEqual([
      ['scenario', 'demotion'],
      ['seed', '1'],
    ]);
    expect(rows).toContainEqual(['reason', 'promotion', 'gate_open', '3', '3']);
    expect(rows).toContainEqual(
      expect.arrayContaining(['change', 'promotion:flaky:10', 'demotion_gate_closed', '100', '64']),
    );
  });

  test('--json alone prints the log, the same for the same seed, as decisions verify reads it', async () => {
    const args = ['simulate', '--scenario', 'leader-change', '--json'];
    const [once, again, other] = await Promise.all([
      fairlead(args),
      inProcess(args),
      inProcess([...args, '--seed', '2']),
    ]);
    expect(once).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).toBe(once.stdout);
    expect(other.stdout).not.toBe(once.stdout);
    expect(await fairlead(['decisions', 'verify', '-'], { input: once.stdout })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('differences\t0\n'),
    });
  });

  test('--policy is what it decides by, and the log has it', async () => {
    const policy = file('cap.json', '{"autoscale":{"cap":1200}}');
    const log = at('capped.json');
    await inProcess(['simulate', '--scenario', 'leader-change', '--policy', policy, '--json', log]);
    const { decisions } = await json('decisions', 'list', log, '--kind', 'autoscale');
    expect(Math.max(...decisions.map(({ to }: { to: number }) => to))).toBe(1_200);
    expect(await json('decisions', 'verify', log)).toMatchObject({ ok: true });
  });

  test('--compare says which decisions would have been others, and that it is open loop', async () => {
    const policy = file('six.json', '{"promotion":{"windows":6}}');
    const args = ['simulate', '--scenario', 'demotion', '--compare', policy];
    const { differences, ...sums } = await json(...args);
    expect(sums).toMatchObject({ openLoop: true, compared: expect.any(Number) });
    expect(sums.policy).not.toBe(sums.other);
    expect(differences[0]).toMatchObject({
      id: 'promotion:flaky:5',
      recorded: { reasonCode: 'gate_open', to: 100 },
      other: { reasonCode: 'healthy_window_recorded', to: 64 },
    });
    const inWords = await inProcess(args);
    expect(inWords).toMatchObject({ code: 0, stderr: expect.stringContaining('Open loop: ') });
    expect(inWords.stdout.split('\n')).toHaveLength(differences.length + 1);
  });

  test('--list has every scenario', async () => {
    const { scenarios } = await json('simulate', '--list');
    expect(scenarios.map(({ name }: { name: string }) => name)).toEqual(Object.keys(SCENARIOS));
    expect((await inProcess(['simulate', '--list'])).stdout).toMatch(/^day\t86400000\t40\tA day of /);
  });

  (process.platform === 'linux' ? test : test.skip)(
    'on a terminal it shows capacity over time, reasons, and what became of quotas',
    async () => {
      const { code, stdout } = await onTerminal(['simulate', '--scenario', 'demotion'], {
        env: { NO_COLOR: '1' },
      });
      expect(code).toBe(0);
      expect(stdout).toMatch(/1,024 ┤█+\r\n/);
      expect(stdout).toMatch(/promotion +gate_open +3 +3\r\n/);
      expect(stdout).toMatch(/promotion:flaky:10 +100 +64 +demotion_gate_closed\r\n/);
    },
  );
});

describe('decisions', () => {
  let log: string;
  beforeAll(async () => {
    log = at('small.json');
    await inProcess(['simulate', '--scenario', 'demotion', '--json', log]);
  });

  test('verify finds any byte that was changed', async () => {
    const { stdout } = await inProcess(['simulate', '--scenario', 'leader-change', '--json']);
    const bytes = Buffer.from(stdout);
    const random = seeded(1);
    for (let round = 0; round < 25; round++) {
      const place = random.integer(0, bytes.length - 1);
      const changed = Uint8Array.from(bytes);
      changed[place] = ((changed[place] as number) + random.integer(1, 255)) % 256;
      const { code } = await inProcess(['decisions', 'verify', file('changed.json', changed)]);
      expect([place, changed[place], code]).toEqual([place, changed[place], 1]);
    }
  });

  test('verify says where, and what: the record, and the answer that follows from it', async () => {
    const text = readFileSync(log, 'utf8').replace('"to":100', '"to":101');
    const ended = await fairlead(['decisions', 'verify', file('raised.json', text)]);
    expect(ended).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: The log does not hold: 3 diff/),
    });
    const rows = ended.stdout.split('\n').map((line) => line.split('\t'));
    expect(rows).toContainEqual(['differences', '3']);
    expect(rows).toContainEqual(['?', 'changed', 'The file does not have the digest that it carries.']);
    expect(rows).toContainEqual([
      'promotion:flaky:5',
      'recomputed_differently',
      'Taken again, it differs at /to: 101 is recorded, 100 follows.',
    ]);
  });

  test('verify finds a record that was taken out', async () => {
    const { records, ...rest } = JSON.parse(readFileSync(log, 'utf8'));
    const left = records.filter(({ id }: { id: string }) => id !== 'promotion:flaky:10');
    const { code, stdout } = await inProcess([
      ...['decisions', 'verify', '--json', file('gap.json', JSON.stringify({ ...rest, records: left }))],
    ]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      differences: expect.arrayContaining([
        expect.objectContaining({ id: 'promotion:flaky:11', code: 'gap' }),
      ]),
    });
  });

  test('list selects by kind, reason and subject', async () => {
    const ids = async (...args: string[]) =>
      (await json('decisions', 'list', log, ...args)).decisions.map(({ id }: { id: string }) => id);
    expect(await ids('--reason', 'gate_open')).toEqual([
      'promotion:flaky:5',
      'promotion:steady:5',
      'promotion:flaky:16',
    ]);
    expect(await ids('--reason', 'gate_open', '--subject', 'steady')).toEqual(['promotion:steady:5']);
    expect(await ids('--kind', 'rollout')).toEqual([]);
    const { stdout } = await inProcess(['decisions', 'list', log, '--reason', 'demotion_gate_closed']);
    expect(stdout).toMatch(
      /^2026-\S+Z\tpromotion:flaky:10\tpromotion\tflaky\tlower\t100\t64\tdemotion_gate_closed\n$/,
    );
  });

  test('explain says why, and what would have changed it', async () => {
    const explained = await json('decisions', 'explain', log, 'promotion:flaky:10');
    expect(explained).toMatchObject({
      words: expect.stringContaining('is demoted from 100 to 64: 2 bad windows in a row'),
      counterfactual: { to: 100, words: expect.stringContaining('fewer failures') },
      decision: { id: 'promotion:flaky:10' },
    });
    const { stdout } = await inProcess(['decisions', 'explain', log, 'promotion:flaky:10']);
    expect(stdout).toContain(`why\t${explained.words}\n`);
    expect(stdout).toContain(`otherwise\t${explained.counterfactual.words}\n`);
  });

  test('explain does not explain what does not hold', async () => {
    const spoilt = file('spoilt.json', readFileSync(log, 'utf8').replace('"to":100', '"to":101'));
    expect(await inProcess(['decisions', 'explain', spoilt, 'promotion:flaky:5'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /^warning: .*digest.*\nerror: promotion:flaky:5 does not hold: .*\nfix: /,
      ),
    });
    expect(await inProcess(['decisions', 'explain', spoilt, 'promotion:flaky:10'])).toMatchObject({
      code: 0,
    });
  });

  test('explain of a decision that is not there ends with 4', async () => {
    expect(await inProcess(['decisions', 'explain', log, 'promotion:nobody:1'])).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('There is no decision promotion:nobody:1'),
    });
  });

  test('records alone, one a line, are taken again too, by the policies that are given', async () => {
    const policy = file('three.json', '{"promotion":{"demotionWindows":3}}');
    const { stdout } = await inProcess(['simulate', '--scenario', 'demotion', '--policy', policy, '--json']);
    const lines = JSON.parse(stdout).records.map((record: unknown) => canonicalText(record));
    // An exporter sends a span twice when in doubt.
    const path = file('trace.ndjson', `${[...lines, lines[3]].join('\n')}\n`);
    expect(await json('decisions', 'verify', path, '--policy', policy)).toMatchObject({
      ok: true,
      recomputed: lines.length,
    });
    const blind = await inProcess(['decisions', 'verify', path, '--json']);
    expect(blind.code).toBe(1);
    expect(JSON.parse(blind.stdout).differences[0].code).toBe('unknown_policy');
    const explained = ['decisions', 'explain', path, 'promotion:flaky:10', '--policy', policy];
    expect((await inProcess(explained)).stdout).toContain('2 of 3 that demote.');
    const spoilt = file('spoilt.ndjson', [...lines, '{"kind":'].join('\n'));
    expect(await inProcess(['decisions', 'verify', spoilt, '--policy', policy])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(`Line ${lines.length + 1} is no record: it is not JSON.`),
    });
  });

  test.each([
    ['no JSON', '{"records":x', 'The file is not JSON: Unexpected token'],
    ['JSON that is no log', '[1]', 'The file is no decision log.'],
    ['nothing', '', 'The file is not JSON: '],
  ])('%s is told as such by all three', async (_, text, message) => {
    const path = file('no-log.json', text);
    for (const args of [
      ['verify', path],
      ['list', path],
      ['explain', path, 'x'],
    ]) {
      const { code, stdout, stderr } = await inProcess(['decisions', ...args]);
      expect({ code, told: (stdout + stderr).includes(message) }).toEqual({ code: 1, told: true });
    }
  });

  test('entries that are no records break nothing', async () => {
    const strange = '{"about":{},"digest":"","policies":[],"records":[null,{"kind":"autoscale"},7]}';
    const path = file('strange.json', strange);
    expect(await inProcess(['decisions', 'list', path])).toMatchObject({ code: 0, stdout: '' });
    const { stdout, code } = await inProcess(['decisions', 'verify', path, '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout).differences[1].words).toBe(
      'Record 1 of the file is none: it is not an object.',
    );
  });
});

describe('policy', () => {
  test('show: the whole default with units for people, and as a file that can be changed', async () => {
    const shown = await json('policy', 'show');
    expect(shown.promotion).toMatchObject({ baseQuota: 64, promotedQuota: 100, windows: 4 });
    const again = await inProcess(['policy', 'check', file('default.json', JSON.stringify(shown)), '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ changed: [] });
    const { stdout } = await inProcess(['policy', 'show']);
    expect(stdout).toContain('autoscale.rampWindowMs\t300000\t\t… in this time\n');
  });

  (process.platform === 'linux' ? test : test.skip)('show on a terminal has units', async () => {
    const { stdout } = await onTerminal(['policy', 'show'], { env: { NO_COLOR: '1' } });
    expect(stdout).toMatch(/autoscale\.rampWindowMs +5m /);
    expect(stdout).toMatch(/promotion\.failureBp +0\.5 % /);
    expect(stdout).toMatch(/rollout\.stagesBp +5 %, 25 %, 100 % /);
  });

  test('check says what differs from the default', async () => {
    const input = '{"promotion":{"windows":6},"rollout":{"stagesBp":[1000,10000]}}';
    expect(await inProcess(['policy', 'check', '-'], { input })).toMatchObject({
      code: 0,
      stdout:
        'promotion.windows\t6\t4\thealthy windows in a row promote\n' +
        'rollout.stagesBp\t[1000,10000]\t[500,2500,10000]\tof workspaces have the change, stage by stage\n',
    });
    const { stdout } = await inProcess(['policy', 'check', '-', '--json'], { input });
    expect(JSON.parse(stdout)).toMatchObject({
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      changed: [{ name: 'promotion.windows', value: 6, default: 4 }, { name: 'rollout.stagesBp' }],
    });
  });

  test.each([
    ['{"promotion":{"window":6}}', /promotion\/window is not a setting/],
    ['{"promotion":{"windows":"6"}}', /promotion\/windows is not a whole number/],
    ['{"autoscale":{"cap":10}}', /autoscale\/cap is below the floor/],
    ['{"promotion":', /standard input is no JSON/],
    ['', /standard input is no JSON/],
  ])('check of %s says where it is wrong: 2', async (input, message) => {
    expect(await inProcess(['policy', 'check', '-'], { input })).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(message),
    });
  });
});

test.each([
  [['simulate'], /Which scenario is missing/],
  [['simulate', '--scenario', 'night'], /Allowed choices are day, burst/],
  [['simulate', '--scenario', 'day', '--seed', '-1'], /whole number from 0 to 4294967295/],
  [['simulate', '--scenario', 'day', '--list'], /cannot be used with/],
  [['simulate', '--list', '--json', 'x.json'], /--list has no decision log/],
  [['simulate', '--scenario', 'day', '--policy', '-', '--compare', '-'], /one policy only/],
  [['simulate', '--scenario', 'day', '--policy', '/no/such/file'], /cannot be read \(ENOENT\)/],
  [
    ['simulate', '--scenario', 'leader-change', '--json', '/no/such/folder/x'],
    /cannot be written \(ENOENT\)/,
  ],
  [['decisions', 'verify', '/no/such/file'], /cannot be read \(ENOENT\)/],
  [['decisions', 'list', 'x', '--kind', 'quota'], /Allowed choices are autoscale, promotion/],
])('%j is a usage error', async (args, message) => {
  expect(await inProcess(args)).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(message),
  });
});
