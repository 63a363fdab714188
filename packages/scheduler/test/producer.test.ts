import { FairleadError } from '@fairlead/core';
import { waitFor, watchCommands } from '@fairlead/testkit';
import { expect, test } from '@jest/globals';
import { createProducer } from '../src/index.ts';
import { claim, claimIds, claimUntil, drain } from './support/claiming.ts';
import { jobs, queueKey, useRig } from './support/rig.ts';

const rig = useRig();

/** The commands that clients send while `work` runs. */
async function commandsDuring(work: () => Promise<unknown>): Promise<(readonly string[])[]> {
  const commands: (readonly string[])[] = [];
  const end = await watchCommands(rig.server.url, ({ words, by }) => {
    if (by === 'client') commands.push(words);
  });
  await work();
  await rig.raw.set('the-end', '');
  await waitFor(() => commands.some(([, key]) => key === 'the-end'), { what: 'all commands were seen' });
  end();
  return commands.filter(([, key]) => key !== 'the-end');
}

test('jobs of many workspaces go in one call, which makes them all ready too', async () => {
  const many = Array.from({ length: 50 }, (_, n) => jobs(`ws-${n}`, 2)).flat();
  const commands = await commandsDuring(async () => {
    const added = await rig.producer.add(many);
    expect(added.map((job) => job.id)).toEqual(many.map((job) => job.id));
  });
  expect(commands).toHaveLength(1);
  const { jobs: claimed } = await claim(rig.claimer(), 64);
  expect(new Set(claimed.map((job) => job.workspace)).size).toBeGreaterThan(10);
});

test('adding an id that is there already changes nothing', async () => {
  const [job] = jobs('acme', 1, { payload: 'first' });
  await rig.producer.add([job!]);
  const before = await rig.raw.hgetall(queueKey('acme', 'acme-1'));
  const again = await rig.producer.add([{ ...job!, payload: 'second', priority: 5 }, job!]);
  expect(again).toMatchObject([
    { outcome: 'added', id: 'acme-1' },
    { outcome: 'added', id: 'acme-1' },
  ]);
  expect(await rig.raw.hgetall(queueKey('acme', 'acme-1'))).toEqual(before);
  expect(await drain(rig.claimer())).toEqual(['acme-1']);
});

test('adding the id of a job that is running, kept or dead changes nothing', async () => {
  await rig.producer.add(jobs('acme', 3, { maxAttempts: 1 }));
  const claimer = rig.claimer();
  const { jobs: claimed } = await claim(claimer, 3);
  await claimer.complete(claimed[0]!, 'done');
  await claimer.fail(claimed[1]!, new Error('dead'));
  await rig.producer.add(jobs('acme', 3));
  expect(await claimIds(claimer, 10)).toEqual([]);
  const states = await Promise.all(['acme-1', 'acme-2', 'acme-3'].map((id) => rig.scheduler.job('acme', id)));
  expect(states.map((view) => view?.state)).toEqual(['succeeded', 'dead', 'active']);
});

test('what a job says of itself reaches the replica', async () => {
  await rig.producer.add([
    {
      workspace: 'acme',
      id: 'one',
      type: 'mail',
      payload: { to: 'ä@example.com', list: [1, null] },
      maxAttempts: 7,
      timeoutMs: 1_234,
      priority: 3,
    },
  ]);
  const [job] = (await claim(rig.claimer(), 1)).jobs;
  expect(job).toMatchObject({
    workspace: 'acme',
    id: 'one',
    type: 'mail',
    payload: { to: 'ä@example.com', list: [1, null] },
    attempt: 1,
    maxAttempts: 7,
    timeoutMs: 1_234,
    stalledCount: 0,
    deferredFailure: undefined,
  });
  expect(Math.abs(job!.createdAtMs - job!.claimedAtMs)).toBeLessThan(10_000);
});

test('priorities, lifo and delays have the meaning of BullMQ', async () => {
  const one = (id: string, more = {}) => ({ ...jobs('acme', 1, more)[0]!, id });
  await rig.producer.add([
    one('low', { priority: 9 }),
    one('plain'),
    one('later', { delayMs: 3_600_000 }),
    one('high', { priority: 1 }),
    one('first', { lifo: true }),
  ]);
  const claimer = rig.claimer();
  expect(await drain(claimer)).toEqual(['first', 'plain', 'high', 'low']);
  await rig.producer.add([one('soon', { delayMs: 200 })]);
  const [due] = await claimUntil(claimer, 1, { what: 'a delayed job is due' });
  expect(due?.id).toBe('soon');
  expect(await claimIds(claimer, 1)).toEqual([]);
});

test('a name that is no slug never reaches Redis', async () => {
  const before = await rig.raw.dbsize();
  for (const workspace of ['a:b', '{fl1}', '~ring', 'A', 'a'.repeat(64), '', 'a b', 'a\u0000']) {
    await expect(rig.producer.add(jobs(workspace, 1))).rejects.toMatchObject({
      code: 'WORKSPACE_NAME_INVALID',
    });
  }
  expect(await rig.raw.dbsize()).toBe(before);
});

test('jobs of several shards are added and claimed, each under its own hash tag', async () => {
  const scheduler = rig.anotherScheduler({ shards: 4 });
  await scheduler.writeGeneration();
  const names = Array.from({ length: 12 }, (_, n) => `ws-${n}`);
  const producer = createProducer(scheduler);
  const added = await producer.add(names.flatMap((workspace) => jobs(workspace, 1)));
  expect(added.map((job) => job.id)).toEqual(names.map((name) => `${name}-1`));
  const tags = new Set((await rig.raw.keys('*:wait')).map((key) => key.slice(0, 5)));
  expect(tags.size).toBeGreaterThan(1);
  expect(await scheduler.totals()).toEqual({ ready: 12, parked: 0, busy: 0, known: 12 });
});

test('a refusal by Redis is a fault of that job alone', async () => {
  await rig.raw.set(queueKey('acme', 'wait'), 'not a list');
  const [broken, fine] = await rig.producer.add([...jobs('acme', 1), ...jobs('beta', 1)]);
  expect(broken).toMatchObject({
    outcome: 'failed',
    id: 'acme-1',
    refusedBy: 'queue',
    error: { code: 'REDIS_REFUSED' },
  });
  expect((broken as { error: unknown }).error).toBeInstanceOf(FairleadError);
  expect(fine).toMatchObject({ outcome: 'added', id: 'beta-1' });
});
