import { DEFAULT_WORKSPACE_CONFIG } from '@fairlead/core';
import { waitFor, watchCommands } from '@fairlead/testkit';
import { expect, test } from '@jest/globals';
import { claim, claimIds, claimUntil } from './support/claiming.ts';
import { jobs, SHORT, useRig } from './support/rig.ts';

const rig = useRig();
/** What the machine may take beyond what is promised, when it is busy. */
const ROOM_MS = 5_000;
/** The promise: a lost holder's jobs run again within its lock, one interval, and two seconds. */
const RECOVERED_WITHIN_MS = SHORT.lockMs + SHORT.stallIntervalMs + 2_000 + ROOM_MS;
/** It looks as often, and keeps its own jobs. */
const HEIR = { stallIntervalMs: SHORT.stallIntervalMs } as const;

test('the jobs of a lost holder run again within lock + interval + 2 s, first in their queue', async () => {
  await rig.producer.add(jobs('acme', 5));
  const [holder, heir] = [rig.claimer(SHORT), rig.claimer(HEIR)];
  await Promise.all([holder.start(), heir.start()]);
  const { jobs: held } = await claim(holder, 3);
  expect(held).toHaveLength(3);
  await holder.stop();
  const again = await claimUntil(heir, 5, {
    what: "the lost holder's jobs run again",
    deadlineMs: RECOVERED_WITHIN_MS,
  });
  const recovered = again.filter((job) => job.stalledCount === 1).map((job) => job.id);
  expect(recovered.sort()).toEqual(['acme-1', 'acme-2', 'acme-3']);
  // A stall is not an attempt.
  expect(again.every((job) => job.attempt === 1)).toBe(true);
});

test("recovery frees the lost holder's slots", async () => {
  const config = { ...DEFAULT_WORKSPACE_CONFIG, concurrency: 1 };
  await rig.scheduler.configure([{ workspace: 'acme', config }]);
  await rig.producer.add(jobs('acme', 2));
  const [holder, heir] = [rig.claimer(SHORT), rig.claimer(HEIR)];
  await Promise.all([holder.start(), heir.start()]);
  await claim(holder, 1);
  await holder.stop();
  const [again] = await claimUntil(heir, 1, { what: 'the slot is free', deadlineMs: RECOVERED_WITHIN_MS });
  expect(again?.id).toBe('acme-1');
});

test('the jobs of a living holder are left alone, however long they run', async () => {
  await rig.producer.add(jobs('acme', 2));
  const stalled: string[] = [];
  const onStalled = (_: string, ids: readonly string[]) => stalled.push(...ids);
  const options = { ...SHORT, lockMs: 3 * SHORT.lockMs, onStalled };
  const [holder, other] = [rig.claimer(options), rig.claimer(options)];
  await Promise.all([holder.start(), other.start()]);
  const { jobs: held } = await claim(holder, 2);
  // Longer than the lock, and long enough for several rounds of recovery to have looked.
  const untilMs = performance.now() + 1.5 * options.lockMs;
  await waitFor(() => performance.now() > untilMs, { what: 'rounds have passed' });
  expect(stalled).toEqual([]);
  expect(await claimIds(other, 10)).toEqual([]);
  for (const job of held) expect(await holder.complete(job, null)).toEqual({ outcome: 'settled' });
});

test('a job that stalls more often than allowed is handed out once more, marked to fail', async () => {
  await rig.producer.add(jobs('acme', 1));
  const options = { ...SHORT, maxStalledCount: 1 };
  const heir = rig.claimer(options);
  await heir.start();
  for (const stalledCount of [0, 1]) {
    const holder = rig.claimer(options);
    const [job] = await claimUntil(holder, 1, { what: 'the job is taken', deadlineMs: RECOVERED_WITHIN_MS });
    expect(job).toMatchObject({ stalledCount, deferredFailure: undefined });
    await holder.stop();
  }
  const [job] = await claimUntil(heir, 1, { what: 'the job is back', deadlineMs: RECOVERED_WITHIN_MS });
  expect(job).toMatchObject({ stalledCount: 2, deferredFailure: expect.stringContaining('stalled') });
});

test('however many replicas, an interval has one round of recovery, also after one of them has gone', async () => {
  const replicas = [rig.claimer(SHORT), rig.claimer(SHORT), rig.claimer(SHORT)];
  for (const replica of replicas) await replica.start();
  let rounds = 0;
  let marked = false;
  const end = await watchCommands(rig.server.url, ({ words: [command, key], by }) => {
    if (by === 'script' && command === 'ZRANGE' && key === '{fl0}:~busy') rounds++;
    if (key === 'the-beginning') marked = true;
  });
  rig.cleanUp(end);
  /** How long three rounds take, from the first on: two intervals, and some more before whoever is next has asked. */
  async function threeRoundsMs(): Promise<number> {
    const beginMs = performance.now();
    marked = false;
    await rig.raw.set('the-beginning', '');
    await waitFor(() => marked, { what: 'what was before is seen' });
    const before = rounds;
    await waitFor(() => rounds >= before + 3, { what: 'rounds go on' });
    return performance.now() - beginMs;
  }
  for (const replica of replicas) {
    // Redis counts in whole milliseconds.
    expect(await threeRoundsMs()).toBeGreaterThan(2 * SHORT.stallIntervalMs - 10);
    if (replica !== replicas.at(-1)) await replica.stop();
  }
});

test('of two replicas one sweeps; when it stops, the other takes over', async () => {
  await rig.scheduler.configure([{ workspace: 'acme', config: DEFAULT_WORKSPACE_CONFIG }]);
  const sweeper = () => rig.raw.get('{fl0}:~sweeper');
  const first = rig.claimer({ ...SHORT, replicaId: 'first' });
  await first.start();
  await waitFor(async () => (await sweeper()) === 'first', { what: 'the first replica sweeps' });
  const second = rig.claimer({ ...SHORT, replicaId: 'second' });
  await second.start();
  await rig.stockQueue('acme').add('one', {});
  expect(await claimUntil(second, 1, { what: 'a stock job is found' })).toHaveLength(1);
  // Its lease may have run out on a busy machine; nobody else has taken it.
  expect(await sweeper()).not.toBe('second');

  await first.stop();
  await waitFor(async () => (await sweeper()) === 'second', {
    what: 'the second replica sweeps',
  });
  await rig.stockQueue('acme').add('two', {});
  expect(await claimUntil(second, 1, { what: 'a stock job is found' })).toHaveLength(1);
});
