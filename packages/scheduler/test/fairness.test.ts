import { DEFAULT_WORKSPACE_CONFIG } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import type { Claimer } from '../src/index.ts';
import { claim } from './support/claiming.ts';
import { jobs, useRig } from './support/rig.ts';

const rig = useRig();
const QUANTUM = 4;

async function weigh(weights: Readonly<Record<string, number>>): Promise<void> {
  await rig.scheduler.configure(
    Object.entries(weights).map(([workspace, weight]) => ({
      workspace,
      config: { ...DEFAULT_WORKSPACE_CONFIG, weight },
    })),
  );
}

/** Claims `count` jobs, a few at a time, completing each; answers the starts of each workspace. */
async function start(claimer: Claimer, count: number, wanted: number): Promise<Map<string, number>> {
  const starts = new Map<string, number>();
  for (let done = 0; done < count; ) {
    const { jobs: claimed } = await claim(claimer, Math.min(wanted, count - done));
    for (const job of claimed) starts.set(job.workspace, (starts.get(job.workspace) ?? 0) + 1);
    await Promise.all(claimed.map((job) => claimer.complete(job, null)));
    done += claimed.length;
  }
  return starts;
}

/** Start-time fair queueing keeps any two backlogged workspaces within a quantum each of their shares. */
function expectShares(starts: Map<string, number>, weights: Readonly<Record<string, number>>): void {
  for (const [a, weightOfA] of Object.entries(weights)) {
    for (const [b, weightOfB] of Object.entries(weights)) {
      const apart = Math.abs((starts.get(a) ?? 0) / weightOfA - (starts.get(b) ?? 0) / weightOfB);
      expect(apart).toBeLessThanOrEqual(QUANTUM / weightOfA + QUANTUM / weightOfB);
    }
  }
}

test.each([1, 7, 64])('weights 1 : 2 : 4 give starts within one quantum, %i at a time', async (wanted) => {
  const weights = { light: 1, middle: 2, heavy: 4 };
  await weigh(weights);
  await rig.producer.add(Object.keys(weights).flatMap((workspace) => jobs(workspace, 150)));
  const claimer = rig.claimer({ quantum: QUANTUM });
  expectShares(await start(claimer, 210, wanted), weights);
});

test('a weight changed holds for the backlog that is already there', async () => {
  await rig.producer.add([...jobs('acme', 200), ...jobs('beta', 200)]);
  const claimer = rig.claimer({ quantum: QUANTUM });
  expectShares(await start(claimer, 80, 8), { acme: 1, beta: 1 });
  await weigh({ acme: 3 });
  expectShares(await start(claimer, 160, 8), { acme: 3, beta: 1 });
});

test('a workspace that was away saves up nothing', async () => {
  await rig.producer.add(jobs('acme', 100));
  const claimer = rig.claimer({ quantum: QUANTUM });
  await start(claimer, 60, 16);
  await rig.producer.add(jobs('newcomer', 100));
  expectShares(await start(claimer, 40, 8), { acme: 1, newcomer: 1 });
});

test('a hot workspace gets no more of a batch than the partition cap while others wait', async () => {
  await weigh({ hot: 100 });
  await rig.producer.add([...jobs('hot', 100), ...jobs('beta', 10), ...jobs('gamma', 10)]);
  const claimer = rig.claimer({ quantum: QUANTUM, partitionCap: 8 });
  const { jobs: claimed } = await claim(claimer, 24);
  expect(claimed.filter((job) => job.workspace === 'hot')).toHaveLength(8);
  expect(claimed).toHaveLength(24);
});

test('the partition cap leaves no slot unused when nobody else wants it', async () => {
  await rig.producer.add([...jobs('hot', 100), ...jobs('beta', 2)]);
  const claimer = rig.claimer({ quantum: QUANTUM, partitionCap: 8 });
  const { jobs: claimed } = await claim(claimer, 64);
  expect(claimed).toHaveLength(64);
});
