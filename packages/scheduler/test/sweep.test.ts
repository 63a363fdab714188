/** Work that comes in without us: stock classes add, retry, promote, pause; the sweep finds it. */
import { DEFAULT_WORKSPACE_CONFIG } from '@fairlead/core';
import { waitFor } from '@fairlead/testkit';
import { expect, test } from '@jest/globals';
import type { Claimer } from '../src/index.ts';
import { claim, claimIds, claimUntil } from './support/claiming.ts';
import { jobs, queueKey, useRig } from './support/rig.ts';

const rig = useRig();

/** A sweeping replica that has nothing to do, and a workspace that is known. */
async function idleReplica(workspace: string): Promise<Claimer> {
  await rig.scheduler.configure([{ workspace, config: DEFAULT_WORKSPACE_CONFIG }]);
  const claimer = rig.claimer();
  await claimer.start();
  expect(await claimIds(claimer, 10)).toEqual([]);
  return claimer;
}

test('a job added by a stock Queue is picked up', async () => {
  const claimer = await idleReplica('acme');
  const added = await rig.stockQueue('acme').add('mail', { to: 'a@example.com' });
  const [job] = await claimUntil(claimer, 1, { what: 'the stock job is claimed' });
  expect(job).toMatchObject({
    id: added.id,
    type: 'mail',
    payload: { to: 'a@example.com' },
    workspace: 'acme',
  });
});

test("the scheduler's own stock Queue adds without touching the queue's settings", async () => {
  const claimer = await idleReplica('acme');
  const before = await rig.raw.hgetall(queueKey('acme', 'meta'));
  await rig.scheduler.queueFor('acme').add('mail', {});
  await claimUntil(claimer, 1, { what: 'the job is claimed' });
  expect(await rig.raw.hgetall(queueKey('acme', 'meta'))).toEqual(before);
});

test('a dead letter that somebody retries with the stock class runs again', async () => {
  const claimer = await idleReplica('acme');
  await rig.producer.add(jobs('acme', 1, { maxAttempts: 1 }));
  const [job] = await claimUntil(claimer, 1, { what: 'the job is claimed' });
  expect(await claimer.fail(job!, new Error('no'))).toEqual({ outcome: 'dead' });
  expect(await claimIds(claimer, 10)).toEqual([]);

  const dead = await rig.stockQueue('acme').getJob('acme-1');
  await dead?.retry('failed');
  const [again] = await claimUntil(claimer, 1, { what: 'the retried job is claimed' });
  expect(again?.id).toBe('acme-1');
});

test('a delayed job that somebody promotes runs now', async () => {
  const claimer = await idleReplica('acme');
  await rig.producer.add(jobs('acme', 1, { delayMs: 3_600_000 }));
  expect(await claimIds(claimer, 10)).toEqual([]);
  const delayed = await rig.stockQueue('acme').getJob('acme-1');
  await delayed?.promote();
  const [job] = await claimUntil(claimer, 1, { what: 'the promoted job is claimed' });
  expect(job?.id).toBe('acme-1');
});

test('a stock job that is due before the one its workspace waits for starts in time', async () => {
  const claimer = await idleReplica('acme');
  await rig.producer.add(jobs('acme', 1, { delayMs: 3_600_000 }));
  const { parked } = await claim(claimer, 10);
  expect(parked).toEqual({ delayed: 1 });
  await rig.stockQueue('acme').add('soon', {}, { delay: 500 });
  const [job] = await claimUntil(claimer, 1, { what: 'the sooner job is claimed' });
  expect(job?.type).toBe('soon');
});

test('a flow added with the stock FlowProducer runs child before parent', async () => {
  const { FlowProducer } = await import('bullmq');
  const claimer = await idleReplica('acme');
  const flows = new FlowProducer(rig.stock);
  rig.cleanUp(() => flows.close());
  await flows.add({ name: 'parent', queueName: 'acme', children: [{ name: 'child', queueName: 'acme' }] });
  const [child] = await claimUntil(claimer, 1, { what: 'the child is claimed' });
  expect(child?.type).toBe('child');
  await claimer.complete(child!, 'made');
  const [parent] = await claimUntil(claimer, 1, { what: 'the parent is claimed' });
  expect(parent?.type).toBe('parent');
});

test('foreign work in the last of many known workspaces is found within the rounds it takes', async () => {
  const known = Array.from({ length: 1_500 }, (_, n) => `ws-${String(n).padStart(4, '0')}`);
  await rig.scheduler.configure(known.map((workspace) => ({ workspace, config: DEFAULT_WORKSPACE_CONFIG })));
  const claimer = rig.claimer();
  await claimer.start();
  await rig.stockQueue('ws-1499').add('late', {});
  // Two rounds of 1,000 workspaces, about a second apart.
  const [job] = await claimUntil(claimer, 1, { what: 'the job is found' });
  expect(job?.workspace).toBe('ws-1499');
});

test('what an idle workspace does not need any more is forgotten', async () => {
  const config = { ...DEFAULT_WORKSPACE_CONFIG, ratePerSecond: 1_000, burst: 10 };
  await rig.scheduler.configure([{ workspace: 'acme', config }]);
  const claimer = rig.claimer();
  await claimer.start();
  await rig.producer.add(jobs('acme', 4));
  const held = await claimUntil(claimer, 4, { what: 'the jobs are claimed' });
  // Still in the ring: what took four of four jobs has not looked whether there are more, and no sweep touches it.
  expect(await rig.raw.hexists('{fl0}:~cfg:acme', 'tokens')).toBe(1);
  for (const job of held) await claimer.complete(job, null);
  expect(await claimIds(claimer, 10)).toEqual([]);
  await waitFor(async () => (await rig.raw.hexists('{fl0}:~cfg:acme', 'tokens')) === 0, {
    what: 'the full bucket is forgotten',
  });
  expect(await rig.raw.hgetall('{fl0}:~cfg:acme')).toMatchObject({ rate: '1000', burst: '10' });
});

test('what a drained queue left is tidied away, and the next job finds all in order', async () => {
  await rig.scheduler.configure([{ workspace: 'acme', config: DEFAULT_WORKSPACE_CONFIG }]);
  const claimer = rig.claimer({ tidyAfterMs: 50, keepCompleted: { count: 0, ageSeconds: 0 } });
  await claimer.start();
  await rig.producer.add(jobs('acme', 2));
  for (const job of await claimUntil(claimer, 2, { what: 'the jobs are claimed' })) {
    await claimer.complete(job, null);
  }
  expect(await claimIds(claimer, 1)).toEqual([]);
  const left = () => rig.raw.keys(`${queueKey('acme', '')}*`);
  expect(await left()).not.toEqual([]);
  await waitFor(async () => (await left()).length === 1, {
    what: 'its settings are left',
  });
  expect(await left()).toEqual([queueKey('acme', 'meta')]);

  // It is still known: what a stock class adds is found.
  await rig.scheduler.queueFor('acme').add('mail', {});
  const [job] = await claimUntil(claimer, 1, { what: 'the job is claimed' });
  await claimer.complete(job!, null);
  await rig.producer.add(jobs('acme', 1));
  expect(await rig.raw.hget(queueKey('acme', 'meta'), 'opts.maxLenEvents')).toBe('1000');
});

test('a drained queue that has a dead letter is left alone', async () => {
  const claimer = rig.claimer({ tidyAfterMs: 0, keepCompleted: { count: 0, ageSeconds: 0 } });
  await claimer.start();
  await rig.producer.add([...jobs('dead', 1, { maxAttempts: 1 }), ...jobs('plain', 1)]);
  for (const job of await claimUntil(claimer, 2, { what: 'the jobs are claimed' })) {
    if (job.workspace === 'dead') await claimer.fail(job, new Error('no'));
    else await claimer.complete(job, null);
  }
  expect(await claimIds(claimer, 1)).toEqual([]);
  const has = (workspace: string, name: string) => rig.raw.exists(queueKey(workspace, name));
  await waitFor(async () => (await has('plain', 'events')) === 0, { what: 'it is swept' });
  expect(await has('dead', 'events')).toBe(1);
});

test('a shard at rest owes nobody anything: its clock goes to the last tag, and no tag is kept', async () => {
  const claimer = rig.claimer({ keepCompleted: { count: 0, ageSeconds: 0 } });
  await claimer.start();
  await rig.producer.add([...jobs('acme', 3), ...jobs('beta', 1)]);
  const taken = await claimUntil(claimer, 4, { what: 'the jobs are claimed' });
  expect(await claimIds(claimer, 1)).toEqual([]);
  expect(await rig.raw.hget('{fl0}:~cfg:acme', 'tag')).not.toBeNull();
  for (const job of taken) await claimer.complete(job, null);
  await waitFor(async () => (await rig.raw.keys('*~cfg:*')).length === 0, {
    what: 'no tag is left',
  });
  expect(Number(await rig.raw.get('{fl0}:~clock'))).toBe(3);
});
