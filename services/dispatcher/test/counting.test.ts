/** What the dispatcher has accepted reaches whoever reads the reports. */
import { addCounts, NO_COUNTS, type WorkspaceCounts } from '@fairlead/core';
import { waitFor } from '@fairlead/testkit';
import { expect, test } from '@jest/globals';
import { useDispatcher } from './use-dispatcher.ts';

const rig = useDispatcher({ ledger: 'on' });

const post = (path: string, body: unknown, headers?: Record<string, string>) =>
  rig.dispatcher.call('POST', path, body, headers).then(({ status }) => status);
const postJob = (workspace: string, headers?: Record<string, string>) =>
  post(`/v1/workspaces/${workspace}/jobs`, { type: 't' }, headers);
const postWindow = (source: string) =>
  post('/v1/dispatch', {
    source,
    windowSeconds: 3_600,
    jobs: [0, 1].map(() => ({ workspace: 'cron', type: 't' })),
  });

async function reported() {
  const { reports, lost } = await rig.dispatcher.scheduler.readReports(undefined, 1_000);
  const counts: Record<string, WorkspaceCounts> = {};
  for (const { report } of reports) {
    expect(report).toMatchObject({ kind: 'dispatcher', slots: 0, vitals: undefined });
    for (const [workspace, each] of report.counts) {
      counts[workspace] = addCounts(counts[workspace] ?? NO_COUNTS, each);
    }
  }
  return { counts, lost };
}

const untilReported = (expected: Record<string, Partial<WorkspaceCounts>>) =>
  waitFor(
    async () => {
      const { counts, lost } = await reported();
      expect(lost).toBe(false);
      const enqueued = (ws: string) => (counts[ws]?.enqueues ?? 0) >= (expected[ws]?.enqueues ?? 0);
      return Object.keys(expected).every(enqueued) ? counts : undefined;
    },
    { what: `reports of ${JSON.stringify(expected)}`, deadlineMs: 15_000 },
  );

test('each accepted job is reported once, and none while Redis is away is missing', async () => {
  const key = { 'idempotency-key': 'k-1' };
  expect([await postJob('acme', key), await postJob('acme', key)]).toEqual([202, 200]);
  expect(await post('/v1/workspaces/acme/jobs', { type: 7 })).toBe(400);
  const batch = ['acme', 'acme', 'beta'].map((workspace) => ({ workspace, type: 't' }));
  expect(await post('/v1/jobs:batch', batch)).toBe(207);
  expect([await postWindow('nightly'), await postWindow('nightly')]).toEqual([202, 200]);
  const before = { acme: { enqueues: 3 }, beta: { enqueues: 1 }, cron: { enqueues: 2 } };
  expect(await untilReported(before)).toMatchObject(before);

  await rig.servers.redis.halt();
  expect(await postJob('acme')).toBe(202);
  expect(await postWindow('hourly')).toBe(503);
  await rig.servers.redis.restart();
  expect(await postJob('acme')).toBe(202);
  const after = { acme: { enqueues: 5, enqueueFailures: 0 }, cron: { enqueues: 2, enqueueFailures: 2 } };
  expect(await untilReported(after)).toMatchObject(after);
});
