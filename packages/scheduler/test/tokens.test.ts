import { DEFAULT_WORKSPACE_CONFIG } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import { claim, claimIds, claimUntil } from './support/claiming.ts';
import { jobs, useRig } from './support/rig.ts';

const rig = useRig();

async function limit(workspace: string, ratePerSecond: number, burst: number): Promise<void> {
  await rig.scheduler.configure([
    { workspace, config: { ...DEFAULT_WORKSPACE_CONFIG, ratePerSecond, burst } },
  ]);
}

async function serverTimeMs(): Promise<number> {
  const [seconds, micros] = await rig.raw.time();
  return Number(seconds) * 1_000 + Number(micros) / 1_000;
}

test("starts stay below burst + rate * time by the server's clock, and reach it", async () => {
  const [rate, burst] = [50, 5];
  await limit('acme', rate, burst);
  await rig.producer.add(jobs('acme', 200));
  const claimers = [rig.claimer(), rig.claimer()];
  let starts = 0;
  const beginMs = await serverTimeMs();
  while (starts < 60) {
    for (const claimer of claimers) {
      const answer = await claim(claimer, 10);
      starts += answer.jobs.length;
      const sinceMs = (await serverTimeMs()) - beginMs;
      expect(starts).toBeLessThanOrEqual(burst + (rate * sinceMs) / 1_000);
      await Promise.all(answer.jobs.map((job) => claimer.complete(job, null)));
    }
    await claimers[0]!.waitForWork(1_000);
  }
});

test('a workspace without a token is parked until the token is there', async () => {
  await limit('acme', 2, 1);
  await rig.producer.add(jobs('acme', 2));
  const claimer = rig.claimer();
  const beforeMs = await serverTimeMs();
  const answer = await claim(claimer, 10);
  expect(answer.jobs).toHaveLength(1);
  expect(answer.parked).toEqual({ tokens: 1 });
  // Half a second after the claim, which was between the two looks at the clock.
  expect(answer.nextAtMs).toBeGreaterThanOrEqual(Math.floor(beforeMs + 500));
  expect(answer.nextAtMs).toBeLessThanOrEqual(Math.ceil((await serverTimeMs()) + 500));
  // It asks at once, and again and again.
  const [next] = await claimUntil(claimer, 1, { what: 'the token is there' });
  expect(next?.id).toBe('acme-2');
  expect(next?.claimedAtMs).toBeGreaterThanOrEqual(answer.nextAtMs as number);
});

test('a finished job gives no token back', async () => {
  // The next token is a quarter of an hour away.
  await limit('acme', 0.001, 1);
  await rig.producer.add(jobs('acme', 2));
  const claimer = rig.claimer();
  const { jobs: held } = await claim(claimer, 10);
  await claimer.complete(held[0]!, null);
  expect(await claimIds(claimer, 10)).toEqual([]);
});

test('without the rate, the rest of the backlog starts at once', async () => {
  await limit('acme', 1, 1);
  await rig.producer.add(jobs('acme', 5));
  const claimer = rig.claimer();
  expect(await claimIds(claimer, 10)).toHaveLength(1);
  await limit('acme', 0, 0);
  expect(await claimIds(claimer, 10)).toHaveLength(4);
});
