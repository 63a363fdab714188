import { DEFAULT_WORKSPACE_CONFIG } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import { claim, claimIds, claimUntil } from './support/claiming.ts';
import { jobs, useRig } from './support/rig.ts';

const rig = useRig();

async function setPaused(workspace: string, paused: boolean): Promise<void> {
  await rig.scheduler.configure([{ workspace, config: { ...DEFAULT_WORKSPACE_CONFIG, paused } }]);
}

test('a paused workspace keeps its backlog, starts nothing, and lets others run', async () => {
  await setPaused('acme', true);
  await rig.producer.add([...jobs('acme', 3), ...jobs('beta', 1)]);
  const claimer = rig.claimer();
  const answer = await claim(claimer, 10);
  expect(answer.jobs.map((job) => job.workspace)).toEqual(['beta']);
  expect(answer.parked).toEqual({ paused: 1 });
  expect(answer.nextAtMs).toBeUndefined();
  const [counts] = await rig.scheduler.counts(['acme']);
  expect(counts).toMatchObject({ waiting: 3, state: 'parked', parkedReason: 'paused' });
});

test('resuming wakes an idle replica for the backlog', async () => {
  await setPaused('acme', true);
  await rig.producer.add(jobs('acme', 2));
  const claimer = rig.claimer();
  expect(await claimIds(claimer, 10)).toEqual([]);
  const next = claimUntil(claimer, 2, { what: 'the resumed workspace runs' });
  await setPaused('acme', false);
  expect((await next).map((job) => job.id)).toEqual(['acme-1', 'acme-2']);
});

test('jobs in flight go on while their workspace is paused', async () => {
  await rig.producer.add(jobs('acme', 2));
  const claimer = rig.claimer();
  const { jobs: held } = await claim(claimer, 1);
  await setPaused('acme', true);
  expect(await claimer.complete(held[0]!, null)).toEqual({ outcome: 'settled' });
  expect(await claimIds(claimer, 10)).toEqual([]);
});

test("a queue paused with BullMQ's own means waits, and goes on within about a second", async () => {
  await rig.producer.add(jobs('acme', 1));
  const queue = rig.stockQueue('acme');
  await queue.pause();
  const claimer = rig.claimer();
  const answer = await claim(claimer, 10);
  expect(answer.jobs).toEqual([]);
  expect(answer.parked).toEqual({ queue_paused: 1 });
  await queue.resume();
  const [job] = await claimUntil(claimer, 1, { what: 'the queue goes on' });
  expect(job?.id).toBe('acme-1');
});
