import { DEFAULT_WORKSPACE_CONFIG } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import { claim, claimIds, claimUntil } from './support/claiming.ts';
import { jobs, queueKey, useRig } from './support/rig.ts';

const rig = useRig();

async function allow(workspace: string, concurrency: number): Promise<void> {
  await rig.scheduler.configure([{ workspace, config: { ...DEFAULT_WORKSPACE_CONFIG, concurrency } }]);
}

test('never more jobs are in flight than the workspace has slots, whoever claims', async () => {
  await allow('acme', 3);
  await rig.producer.add(jobs('acme', 40));
  const claimers = [rig.claimer(), rig.claimer(), rig.claimer()];
  let completed = 0;
  let most = 0;
  let over = false;
  // Samples between the claims of the others, on a connection of its own.
  async function sample(): Promise<void> {
    most = Math.max(most, await rig.raw.llen(queueKey('acme', 'active')));
  }
  const sampler = (async () => {
    while (!over) await sample();
  })();
  await Promise.all(
    claimers.map(async (claimer) => {
      while (completed < 40) {
        const claimed = await claim(claimer, 10);
        expect(claimed.jobs.length).toBeLessThanOrEqual(3);
        await sample();
        await Promise.all(claimed.jobs.map((job) => claimer.complete(job, null)));
        completed += claimed.jobs.length;
      }
    }),
  );
  over = true;
  await sampler;
  expect(completed).toBe(40);
  expect(most).toBe(3);
});

test('a workspace without a free slot is parked and says so', async () => {
  await allow('acme', 1);
  await rig.producer.add(jobs('acme', 2));
  const claimer = rig.claimer();
  const answer = await claim(claimer, 10);
  expect(answer.jobs).toHaveLength(1);
  expect(answer.parked).toEqual({ slots: 1 });
  const [counts] = await rig.scheduler.counts(['acme']);
  expect(counts).toMatchObject({ waiting: 1, active: 1, state: 'parked', parkedReason: 'slots' });
});

test('the finish that frees a slot puts the workspace back, at once', async () => {
  await allow('acme', 1);
  await rig.producer.add(jobs('acme', 2));
  const claimer = rig.claimer();
  const { jobs: held } = await claim(claimer, 10);
  expect(await claimIds(claimer, 10)).toEqual([]);
  await claimer.complete(held[0]!, null);
  expect(await claimIds(claimer, 10)).toEqual(['acme-2']);
});

test('who completes a job is told when others may run for it, and only then', async () => {
  await allow('acme', 1);
  let freed = 0;
  const claimer = rig.claimer({ onFreed: () => freed++ });
  await rig.producer.add([...jobs('acme', 2), ...jobs('beta', 1)]);
  const { jobs: held } = await claim(claimer, 10);
  expect(held.map(({ id }) => id).toSorted()).toEqual(['acme-1', 'beta-1']);
  await claimer.complete(held.find(({ workspace }) => workspace === 'beta')!, null);
  expect(freed).toBe(0);
  await claimer.complete(held.find(({ workspace }) => workspace === 'acme')!, null);
  expect(freed).toBe(1);
  // Sent again because its answer was lost: what the first call freed nobody was told.
  await claimer.complete(held.find(({ workspace }) => workspace === 'beta')!, null);
  expect(freed).toBe(2);
});

test('a failure frees its slot too', async () => {
  await allow('acme', 1);
  await rig.producer.add(jobs('acme', 2, { maxAttempts: 1 }));
  const claimer = rig.claimer();
  const { jobs: held } = await claim(claimer, 10);
  expect(await claimIds(claimer, 10)).toEqual([]);
  expect(await claimer.fail(held[0]!, new Error('no'))).toEqual({ outcome: 'dead' });
  expect(await claimIds(claimer, 10)).toEqual(['acme-2']);
});

test('more slots let the waiting jobs start without any finish', async () => {
  await allow('acme', 1);
  await rig.producer.add(jobs('acme', 3));
  const claimer = rig.claimer();
  expect(await claimIds(claimer, 10)).toHaveLength(1);
  await allow('acme', 3);
  expect(await claimIds(claimer, 10)).toEqual(['acme-2', 'acme-3']);
});

test("a drained replica's finish wakes another replica for the slot", async () => {
  await allow('acme', 1);
  await rig.producer.add(jobs('acme', 2));
  const [leaving, staying] = [rig.claimer(), rig.claimer()];
  const { jobs: held } = await claim(leaving, 1);
  // Takes the wake-up of the adding, so that the next one is the finish's.
  expect(await claimIds(staying, 1)).toEqual([]);
  await rig.raw.del('{fl0}:~wake');
  const next = claimUntil(staying, 1, { what: 'the freed slot is taken' });
  leaving.drain();
  await leaving.complete(held[0]!, null);
  expect((await next)[0]?.id).toBe('acme-2');
});
