import { DEFAULT_WORKSPACE_CONFIG } from '@fairlead/core';
import { waitFor } from '@fairlead/testkit';
import { expect, test } from '@jest/globals';
import { type HeldJob, LuaShard } from './model/lua-shard.ts';
import { claim } from './support/claiming.ts';
import { jobs, useRig } from './support/rig.ts';

const rig = useRig();
/** A mean run of hours: what runs here takes less, also on a machine that stands still for seconds. */
const setLongMeanRun = () => rig.raw.set('{fl0}:~meanrun', '36000000');
const RUNTIME = { ...DEFAULT_WORKSPACE_CONFIG, fairness: 'runtime' } as const;

async function settings(workspace: string): Promise<Record<string, string>> {
  return rig.raw.hgetall(`{fl0}:~cfg:${workspace}`);
}

const tagOf = async (workspace: string) => Number(await rig.raw.zscore('{fl0}:~ring', workspace));

test('worker seconds are within 5 % of the weights: jobs of 3 s against jobs of 100 ms, on ten workers', async () => {
  const [workers, tickMs, ticks] = [10, 100, 1_200];
  const runMs: Record<string, number> = { hog: 3_000, light: 100, heavy: 100 };
  const weights: Record<string, number> = { hog: 1, light: 1, heavy: 2 };
  const shard = (await LuaShard.open(rig.server.url))(0);
  rig.cleanUp(() => shard.redis.disconnect());
  for (const [workspace, weight] of Object.entries(weights)) {
    await shard.configure(workspace, { ...RUNTIME, weight });
  }
  for (const [workspace, count] of [
    ['hog', 300],
    ['light', 4_000],
    ['heavy', 8_000],
  ] as const) {
    const all = jobs(workspace, count);
    for (let from = 0; from < count; from += 1_000) await rig.producer.add(all.slice(from, from + 1_000));
  }

  const served = new Map<string, number>();
  let running: { job: HeldJob; endsMs: number }[] = [];
  for (let tick = 0; tick < ticks; tick++) {
    const nowMs = 1_700_000_000_000 + tick * tickMs;
    await shard.setClock(nowMs * 1_000);
    const ended = running.filter(({ endsMs }) => endsMs <= nowMs).map(({ job }) => job);
    running = running.filter(({ endsMs }) => endsMs > nowMs);
    if (ended.length > 0) await shard.finish(ended);
    for (const { workspace } of ended) {
      served.set(workspace, (served.get(workspace) ?? 0) + (runMs[workspace] as number));
    }
    const answer = await shard.claim(workers - running.length, 4, 64);
    if (answer.outcome !== 'claimed') throw new Error(answer.outcome);
    for (const job of answer.held) running.push({ job, endsMs: nowMs + (runMs[job.workspace] as number) });
  }
  const total = [...served.values()].reduce((sum, ms) => sum + ms, 0);
  for (const [workspace, weight] of Object.entries(weights)) {
    const deviation = (served.get(workspace) ?? 0) / total / (weight / 4) - 1;
    expect([workspace, Math.abs(deviation) <= 0.05 || deviation]).toEqual([workspace, true]);
  }
});

test('a completion settles what its start was charged, and the next start is charged what was learnt', async () => {
  await rig.scheduler.configure([{ workspace: 'acme', config: RUNTIME }]);
  await rig.producer.add(jobs('acme', 3));
  const claimer = rig.claimer();
  const { jobs: held } = await claim(claimer, 1);
  expect(await tagOf('acme')).toBe(1);
  expect((await settings('acme'))['cost']).toBe('');
  await claimer.complete(held[0]!, null);
  const estimateMs = Number((await settings('acme'))['cost']);
  expect(estimateMs).toBeGreaterThanOrEqual(1);
  // Nobody has reported a run: a second is one start.
  expect(await tagOf('acme')).toBeCloseTo(estimateMs / 1_000, 9);
  await claim(claimer, 1);
  expect(await tagOf('acme')).toBeCloseTo((2 * estimateMs) / 1_000, 9);
});

test('what failed or was put back settles too', async () => {
  await setLongMeanRun();
  await rig.scheduler.configure([{ workspace: 'acme', config: RUNTIME }]);
  await rig.producer.add(jobs('acme', 3));
  const claimer = rig.claimer();
  const { jobs: held } = await claim(claimer, 2);
  expect(await tagOf('acme')).toBe(2);
  await claimer.postpone(held[0]!, 60_000);
  const afterFirst = await tagOf('acme');
  expect(afterFirst).toBeLessThan(2);
  await claimer.fail(held[1]!, new Error('no'), { retry: false });
  expect(await tagOf('acme')).toBeLessThan(afterFirst);
});

test('a job that ends after its workspace went back to starts fairness settles nothing', async () => {
  await rig.scheduler.configure([{ workspace: 'acme', config: RUNTIME }]);
  await rig.producer.add(jobs('acme', 2));
  const claimer = rig.claimer();
  const { jobs: held } = await claim(claimer, 1);
  await rig.scheduler.configure([{ workspace: 'acme', config: DEFAULT_WORKSPACE_CONFIG }]);
  await claimer.complete(held[0]!, null);
  expect(await tagOf('acme')).toBe(1);
  expect(await settings('acme')).toEqual({});
});

test('replicas report how long jobs with starts fairness run, and that is what a start costs', async () => {
  await rig.producer.add(jobs('plain', 4));
  const claimer = rig.claimer();
  await claimer.start();
  const { jobs: held } = await claim(claimer, 4);
  await Promise.all(held.map((job) => claimer.complete(job, null)));
  await waitFor(async () => Number(await rig.raw.get('{fl0}:~meanrun')) >= 1, { what: 'the mean is there' });
});

test('the sweep keeps the tag of a workspace whose jobs still run', async () => {
  await setLongMeanRun();
  await rig.scheduler.configure([
    { workspace: 'acme', config: RUNTIME },
    { workspace: 'beta', config: DEFAULT_WORKSPACE_CONFIG },
  ]);
  await rig.producer.add(jobs('acme', 1));
  const claimer = rig.claimer();
  const { jobs: held } = await claim(claimer, 10);
  await rig.raw.set('{fl0}:~clock', '50');
  await claimer.start();
  await waitFor(async () => (await rig.raw.exists('{fl0}:~sweeper')) === 1, { what: 'a sweep' });
  expect(Number((await settings('acme'))['tag'])).toBe(1);
  await claimer.complete(held[0]!, null);
  expect(Number((await settings('acme'))['tag'])).toBeLessThan(1);
});
