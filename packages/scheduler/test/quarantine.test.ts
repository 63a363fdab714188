import { DEFAULT_WORKSPACE_CONFIG } from '@fairlead/core';
import { waitFor } from '@fairlead/testkit';
import { expect, test } from '@jest/globals';
import { routingKey, shardPrefix } from '../src/keys.ts';
import type { SchedulerInternals } from '../src/scheduler.ts';
import { callScript } from '../src/scripts.ts';
import { sweepShard } from '../src/verbs/sweep.ts';
import { claim, claimIds, claimUntil } from './support/claiming.ts';
import { jobs, queueKey, SHORT, useRig } from './support/rig.ts';

const rig = useRig();

/** What a stock program can do to its own queue: the job's hash overwrites the list of active jobs. */
async function corrupt(workspace: string): Promise<void> {
  await rig.stockQueue(workspace).add('work', {}, { jobId: 'active' });
}

async function repair(workspace: string): Promise<void> {
  await rig.raw.del(queueKey(workspace, 'active'));
  await rig.raw.lrem(queueKey(workspace, 'wait'), 0, 'active');
}

test('a corrupt queue is set aside with its reason, and everybody else is served in the same claim', async () => {
  const others = ['alpha', 'beta', 'gamma'];
  await rig.producer.add(['acme', ...others].flatMap((workspace) => jobs(workspace, 2)));
  await corrupt('acme');
  const seen: [string, string][] = [];
  const claimer = rig.claimer({ onQuarantined: (...found) => seen.push(found) });
  const { jobs: claimed } = await claim(claimer, 10);
  expect(claimed.map((job) => job.workspace).sort()).toEqual(others.flatMap((name) => [name, name]));
  expect(seen).toEqual([['acme', expect.stringContaining('WRONGTYPE')]]);
  expect((await rig.scheduler.counts(['acme', 'beta'])).map(({ state }) => state)).toEqual([
    'quarantined',
    'running',
  ]);

  const settled = await Promise.all(claimed.map((job) => claimer.complete(job, null)));
  expect(settled).toEqual(claimed.map(() => ({ outcome: 'settled' })));
  expect(await claimIds(claimer, 10)).toEqual([]);
  expect(seen).toHaveLength(1);
});

test('a repaired queue comes back with its jobs when its settings are written again', async () => {
  await rig.producer.add(jobs('acme', 2));
  await corrupt('acme');
  const claimer = rig.claimer();
  expect(await claimIds(claimer, 10)).toEqual([]);
  await repair('acme');
  expect(await claimIds(claimer, 10)).toEqual([]);
  await rig.scheduler.configure([{ workspace: 'acme', config: DEFAULT_WORKSPACE_CONFIG }]);
  expect(await claimIds(claimer, 10)).toEqual(['acme-1', 'acme-2']);
});

test('the sweep tries a queue again after its quarantine, and one that is still corrupt goes back', async () => {
  await rig.producer.add([...jobs('acme', 1), ...jobs('beta', 1)]);
  await corrupt('acme');
  await corrupt('beta');
  const claimer = rig.claimer();
  expect(await claimIds(claimer, 10)).toEqual([]);
  await repair('beta');

  const { redis } = rig.scheduler as SchedulerInternals;
  await sweepShard(redis, 0, { shards: 1, replicaId: 'test', tidyAfterMs: 3_600_000 });
  expect(await claimIds(claimer, 10)).toEqual([]);
  // As if the quarantine had lasted its minute.
  await callScript(redis, 'sweep', routingKey(0), [shardPrefix(0), 'test', 1_000, 0, 3_600_000, 3_000]);
  expect(await claimIds(claimer, 10)).toEqual(['beta-1']);
  expect((await rig.scheduler.counts(['acme']))[0]?.state).toBe('quarantined');
});

test('adding to a corrupt queue hurts nobody else in the same pipeline', async () => {
  await corrupt('acme');
  await rig.producer.add(jobs('beta', 1));
  const added = await rig.producer.add([
    ...jobs('acme', 1),
    { ...jobs('beta', 1)[0]!, id: 'beta-2' },
    { ...jobs('gamma', 1)[0]! },
  ]);
  expect(added.slice(1)).toMatchObject([{ outcome: 'added' }, { outcome: 'added' }]);
  const claimer = rig.claimer();
  expect((await claimIds(claimer, 10)).sort()).toEqual(['beta-1', 'beta-2', 'gamma-1']);
});

test('a queue that fails in the middle of a visit keeps the jobs that it gave under recovery', async () => {
  await rig.producer.add(jobs('acme', 3));
  // The third job's hash is no hash: its claim fails after two have been activated.
  await rig.raw.set(queueKey('acme', 'acme-3'), 'not a hash');
  const lost = rig.claimer({ ...SHORT, replicaId: 'lost' });
  const { jobs: given } = await claim(lost, 10);
  expect(given.map((job) => job.id)).toEqual(['acme-1', 'acme-2']);
  expect((await rig.scheduler.counts(['acme']))[0]?.state).toBe('quarantined');
  await lost.stop();

  await rig.raw.del(queueKey('acme', 'acme-3'));
  await rig.raw.lrem(queueKey('acme', 'active'), 0, 'acme-3');
  const stalled: string[] = [];
  const heir = rig.claimer({ ...SHORT, onStalled: (_, ids) => stalled.push(...ids) });
  await heir.start();
  await waitFor(() => stalled.length === 2, { what: 'both are recovered' });
  await rig.scheduler.configure([{ workspace: 'acme', config: DEFAULT_WORKSPACE_CONFIG }]);
  const again = await claimUntil(heir, 2, { what: 'both run again' });
  expect(again.map((job) => job.id).sort()).toEqual(['acme-1', 'acme-2']);
});

test('a job that lost its holder while its queue was set aside is recovered after the repair', async () => {
  await rig.producer.add(jobs('acme', 1));
  const lost = rig.claimer({ ...SHORT, replicaId: 'lost' });
  expect(await claimIds(lost, 10)).toEqual(['acme-1']);
  await lost.stop();
  await rig.raw.set(queueKey('acme', 'stalled'), 'not a set');
  const heir = rig.claimer(SHORT);
  await heir.start();
  const state = async () => (await rig.scheduler.counts(['acme']))[0]?.state;
  await waitFor(async () => (await state()) === 'quarantined', { what: 'recovery sets the queue aside' });

  await rig.raw.del(queueKey('acme', 'stalled'));
  await rig.scheduler.configure([{ workspace: 'acme', config: DEFAULT_WORKSPACE_CONFIG }]);
  const [job] = await claimUntil(heir, 1, { what: 'the job runs again' });
  expect(job?.id).toBe('acme-1');
});

test('a batch of finishes is not spoilt by a job whose queue was corrupted meanwhile', async () => {
  await rig.producer.add([...jobs('acme', 1), ...jobs('beta', 2)]);
  const claimer = rig.claimer();
  const { jobs: claimed } = await claim(claimer, 10);
  await rig.raw.del(queueKey('acme', 'completed'));
  await rig.raw.set(queueKey('acme', 'completed'), 'not a sorted set');
  const outcomes = await Promise.allSettled(claimed.map((job) => claimer.complete(job, null)));
  const byWorkspace = claimed.map((job, i) => [job.workspace, outcomes[i]?.status]);
  expect(byWorkspace.sort()).toEqual([
    ['acme', 'rejected'],
    ['beta', 'fulfilled'],
    ['beta', 'fulfilled'],
  ]);
});
