/** Replicas that stand still while they hold jobs, and replicas whose Redis does. */
import { waitFor } from '@fairlead/testkit';
import { describe, expect, test } from '@jest/globals';
import { finishedIn } from '../finished-in.ts';
import { drainReport, load, timing, useClusterUnderLoad } from './under-load.ts';

const cluster = useClusterUnderLoad();

describe('SIGSTOP of a replica for longer than its locks last', () => {
  test('hands its jobs to others, and nothing that it does afterwards counts', async () => {
    // Long enough to be frozen before one of them ends.
    const jobs = load(6, 5_000);
    const env = timing(4_000);
    const frozen = await cluster.replica(env);
    await cluster.add(jobs);
    await waitFor(async () => (await cluster.runs()).length === jobs.length, { what: 'all jobs run' });
    await frozen.kill('SIGSTOP');
    await cluster.replica(env);
    await cluster.allDone(jobs.length);
    await frozen.kill('SIGCONT');
    const metrics = async () => (await fetch(`${frozen.url}/metrics`)).text();
    await waitFor(async () => finishedIn(await metrics(), 'lost_lock') === 6, {
      what: 'its six finishes are refused',
      deadlineMs: 30_000,
    });
    expect(finishedIn(await metrics(), 'completed')).toBe(0);
    expect(await cluster.completed()).toBe(jobs.length);
    const counts = await cluster.stockCounts(jobs);
    expect(counts.filter((job) => job.attempts !== 1 || (job.stalls ?? 0) < 1)).toEqual([]);
    expect(await frozen.stop()).toMatchObject({ code: 0 });
  });
});

describe('a frozen Redis', () => {
  test('does not keep a draining replica: it ends with 0 in time, and its jobs are recovered', async () => {
    // They end while it drains, after Redis was frozen; and their locks last until the drain is over.
    const jobs = load(8, 3_000);
    const env = { ...timing(8_000), FAIRLEAD_DRAIN_TIMEOUT_MS: '6000' };
    const replica = await cluster.replica(env);
    await cluster.add(jobs);
    await waitFor(async () => (await cluster.runs()).length === jobs.length, { what: 'all jobs run' });
    await cluster.redis.kill('SIGSTOP');
    // It does not wait for Redis, which is frozen until it has ended.
    await replica.kill('SIGTERM');
    expect(await replica.exited).toMatchObject({ code: 0 });
    expect(await drainReport(replica)).toMatchObject({ finished: 0, abandoned: jobs.length, putBack: 0 });
    await cluster.redis.kill('SIGCONT');
    await cluster.replica(env);
    await cluster.allDone(jobs.length);
  });
});
