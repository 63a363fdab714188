/** The go/no-go packet of a real dispatcher and a real controller. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess, type TestProcess, waitFor } from '@fairlead/testkit';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type Cluster, startCluster } from './cluster.ts';
import { inProcess } from './fairlead.ts';

jest.setTimeout(240_000);

const CONTROLLER = new URL('../../../services/controller/src/main.ts', import.meta.url);

let cluster: Cluster;
let controller: TestProcess;
let env: Readonly<Record<string, string>>;
const folder = mkdtempSync(join(tmpdir(), 'fairlead-evidence-'));

beforeAll(async () => {
  cluster = await startCluster();
  controller = await startProcess(CONTROLLER, {
    env: {
      REDIS_URL: cluster.redis.url,
      DATABASE_URL: cluster.postgres.url,
      FAIRLEAD_TICK_MS: '1000',
      HOST: '',
      PORT: '',
      LOG_LEVEL: '',
    },
  });
  env = { ...cluster.env, FAIRLEAD_CONTROLLER_URL: controller.url };
  const { api } = cluster;
  await api.updateWorkspace({ workspace: 'acme', body: { weight: 4, highQuotaEnabled: true } });
  for (let n = 0; n < 3; n++) await api.addJob({ workspace: 'acme', body: { type: 't', payload: {} } });
  const job = { workspace: 'acme', type: 't', payload: {} };
  await api.dispatchWindow({ body: { source: 'cron', jobs: [job] } });
  await run('capacity', 'pin', '500', '--reason', 'a test', '--expires-in', '1h');
  const reasons = ['operator_override', 'healthy_window_waiting_interval'];
  const isTold = async (reason: string) =>
    (await run('decisions', 'list', '--reason', reason)).stdout.includes(reason);
  await waitFor(async () => (await Promise.all(reasons.map(isTold))).every(Boolean), {
    what: 'the pin and the new workspace are decided on',
    deadlineMs: 90_000,
  });
});

afterAll(async () => {
  await controller?.stop();
  await cluster?.stop();
  rmSync(folder, { recursive: true });
});

const run = (...args: string[]) => inProcess(args, { env });

test('what happened is gathered: settings, jobs, windows, decisions; and what was not measured is no go', async () => {
  const file = join(folder, 'evidence.json');
  const { code, stdout, stderr } = await run('evidence', '--since', '1h', '--json', file);
  expect([code, stderr]).toEqual([1, expect.stringContaining('inconclusive: too_few_jobs, no_heavy_minute')]);
  const packet = JSON.parse(readFileSync(file, 'utf8'));
  expect(packet).toMatchObject({
    verdict: 'inconclusive',
    notes: [expect.stringMatching(/^Operators overruled the controller: key:\w+\.$/)],
    jobs: { accepted: 4, succeeded: 0, dead: 0, unfinished: 4, isWhole: true, waitMs: null },
    dispatch: { windows: [{ source: 'cron', enqueued: 1, inline: 0, failed: 0, open: 0 }] },
    decisions: { isLed: true, verified: { differences: [] } },
  });
  expect(packet.decisions.byReason).toEqual(
    expect.arrayContaining([expect.objectContaining({ kind: 'autoscale', reasonCode: 'operator_override' })]),
  );
  expect(packet.configuration).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        subject: 'workspace:acme',
        fields: expect.arrayContaining([expect.objectContaining({ field: 'weight', after: 4 })]),
      }),
      expect.objectContaining({ subject: 'pin:capacity' }),
    ]),
  );
  expect(stdout).toMatch(/^# INCONCLUSIVE: /);
  expect(stdout).toMatch(/\| workspace:acme \| weight \| .* \| 4 \| key:\w+ \|/);
  expect(stdout).toMatch(/\| autoscale \| `operator_override` \| \d+ \| \d+ \| 0 \|/);
  expect(stdout).toContain('| cron | 1 | 0 | 0 | 0 |');
});

test('with a key that may only read, what was changed is not known, and the packet says so', async () => {
  const { key } = await cluster.api.createKey({ body: { label: 'reader', scopes: ['read'] } });
  const { code, stdout } = await inProcess(['evidence', '--since', '1h', '--json'], {
    env: { ...env, FAIRLEAD_API_KEY: key },
  });
  const { configuration, why } = JSON.parse(stdout);
  expect([code, configuration]).toEqual([1, null]);
  expect(why).toContainEqual(expect.objectContaining({ code: 'audit_unknown' }));
});

test('of a time in which nothing happened there is nothing', async () => {
  const { stdout } = await run('evidence', '--since', '2020-01-01T00:00:00Z', '--until', '365d', '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    configuration: [],
    jobs: { accepted: 0 },
    dispatch: { windows: [] },
  });
});

test.each([
  [[], 'When the run began is missing.'],
  [['--since', 'yesterday'], 'It is a time'],
  [['--since', '1h', '--until', '2h'], 'The run ends before it begins.'],
  [['--since', '1h', '--json', '/nowhere/at/all.json'], 'cannot be written'],
])('refused: %j', async (args, words) => {
  expect(await run('evidence', ...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
});
