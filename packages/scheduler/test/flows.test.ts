/** No sweep runs in these tests: what releases a parent is the finish itself. */
import { expect, test } from '@jest/globals';
import { type FlowJob, FlowProducer } from 'bullmq';
import { claim, claimIds } from './support/claiming.ts';
import { jobs, useRig } from './support/rig.ts';

const rig = useRig();

/** Adds a flow with the stock class, and then one plain job to each workspace, which makes them ready. */
async function addFlow(flow: FlowJob, workspaces: readonly string[]): Promise<void> {
  const flows = new FlowProducer(rig.stock);
  rig.cleanUp(() => flows.close());
  await flows.add(flow);
  await rig.producer.add(workspaces.flatMap((workspace) => jobs(workspace, 1)));
}

const child = (queueName: string, name: string, opts = {}) => ({
  name,
  queueName,
  opts: { ...opts, jobId: name },
});

test("the last child's completion releases its parent at once, also in another workspace", async () => {
  await addFlow(
    {
      name: 'report',
      queueName: 'acme',
      opts: { jobId: 'report' },
      children: [child('beta', 'first'), child('beta', 'second')],
    },
    ['beta'],
  );
  const claimer = rig.claimer();
  const { jobs: claimed } = await claim(claimer, 10);
  expect(claimed.map((job) => job.id).sort()).toEqual(['beta-1', 'first', 'second']);
  const [first, second] = ['first', 'second'].map((id) => claimed.find((job) => job.id === id));
  await claimer.complete(first!, 1);
  expect(await claimIds(claimer, 10)).toEqual([]);
  await claimer.complete(second!, 2);
  const { jobs: released } = await claim(claimer, 10);
  expect(released.map((job) => [job.workspace, job.id])).toEqual([['acme', 'report']]);
  const parent = await rig.stockQueue('acme').getJob('report');
  expect(Object.values((await parent?.getChildrenValues()) ?? {}).sort()).toEqual([1, 2]);
});

test('a parent whose workspace waits for a delayed job is released all the same', async () => {
  await rig.producer.add(jobs('acme', 1, { delayMs: 3_600_000 }));
  const claimer = rig.claimer();
  expect((await claim(claimer, 10)).parked).toEqual({ delayed: 1 });
  await addFlow(
    { name: 'report', queueName: 'acme', opts: { jobId: 'report' }, children: [child('beta', 'only')] },
    ['beta'],
  );
  const { jobs: claimed } = await claim(claimer, 10);
  for (const job of claimed) await claimer.complete(job, null);
  expect(await claimIds(claimer, 10)).toEqual(['report']);
});

test('children that failed let the parent go on when they say so', async () => {
  await addFlow(
    {
      name: 'report',
      queueName: 'acme',
      opts: { jobId: 'report' },
      children: [child('acme', 'optional', { ignoreDependencyOnFailure: true })],
    },
    ['acme'],
  );
  const claimer = rig.claimer();
  const { jobs: claimed } = await claim(claimer, 10);
  for (const job of claimed) {
    if (job.id === 'optional') await claimer.fail(job, new Error('no'), { retry: false });
    else await claimer.complete(job, null);
  }
  expect(await claimIds(claimer, 10)).toEqual(['report']);
});
