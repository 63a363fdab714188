/** How replicas end, in order and not, while there is work. */
import { type TestProcess, waitFor } from '@fairlead/testkit';
import { describe, expect, test } from '@jest/globals';
import { nowMs, type Run } from './cluster.ts';
import { drainReport, load, STALL_INTERVAL_MS, timing, useClusterUnderLoad } from './under-load.ts';

const LOCK_MS = 2_000;
/** How much longer than lock and interval a recovery may take on a machine that is busy with other tests. */
const BUSY_MS = 7_000;

const cluster = useClusterUnderLoad();

describe('SIGKILL of a replica under load', () => {
  test('loses nothing: its jobs run again soon after their locks have run out', async () => {
    const jobs = load(600, 250);
    const env = { ...timing(LOCK_MS), FAIRLEAD_CONCURRENCY: '16' };
    const [victim] = await Promise.all([cluster.replica(env), cluster.replica(env)]);
    await cluster.add(jobs);
    await waitFor(async () => (await cluster.completed()) > 60, { what: 'they are at work' });
    const killedAtMs = await killAtWork(victim);
    await cluster.allDone(jobs.length);

    const runs = await cluster.runs();
    const cutOff = runs.filter((run) => run.pid === victim.pid && run.endMs === undefined);
    expect(cutOff.length).toBeGreaterThan(0);
    const delays = cutOff.map((run) => againAfter(runs, run) - killedAtMs);
    expect(Math.max(...delays)).toBeLessThanOrEqual(LOCK_MS + STALL_INTERVAL_MS + BUSY_MS);

    const counts = await cluster.stockCounts(jobs);
    expect(counts.filter((job) => job.attempts !== 1)).toEqual([]);
    // It really was stalled recovery that brought them back.
    expect(counts.filter((job) => (job.stalls ?? 0) > 0).length).toBeGreaterThanOrEqual(cutOff.length);
  });
});

/** Kills a replica that holds jobs, for certain: it is frozen while one looks. Gives when it was dead. */
async function killAtWork(victim: TestProcess): Promise<number> {
  await waitFor(
    async () => {
      await victim.kill('SIGSTOP');
      if (isAtWork(await cluster.runs(), victim)) return true;
      await victim.kill('SIGCONT');
      return false;
    },
    { what: 'the one to be killed is at work', everyMs: 50 },
  );
  await victim.kill('SIGKILL');
  return nowMs();
}

function isAtWork(runs: readonly Run[], { pid }: TestProcess): boolean {
  return runs.some((run) => run.pid === pid && run.endMs === undefined);
}

function againAfter(runs: readonly Run[], cutOff: Run): number {
  const again = runs.find((run) => run.id === cutOff.id && run.pid !== cutOff.pid);
  return again?.startMs ?? Number.POSITIVE_INFINITY;
}

describe('SIGTERM under load', () => {
  test('ends with 0, stalls nothing, and counts no attempt twice', async () => {
    // Far longer than the drain: some still run when it has to be over.
    const long = load(6, 12_000).map((job) => ({ ...job, id: `long-${job.id}` }));
    const stubborn = load(4, 12_000, 'stubborn');
    const short = load(500, 150);
    // Locks that hold while the machine stands still for some seconds.
    const env = { ...timing(20_000), FAIRLEAD_CONCURRENCY: '16', FAIRLEAD_DRAIN_TIMEOUT_MS: '6000' };
    const replicas = await Promise.all([cluster.replica(env), cluster.replica(env)]);
    await cluster.add([...long, ...stubborn, ...short]);
    const isLong = ({ id }: Run) => id.startsWith('long-') || id.startsWith('stubborn-');
    const leaving = await waitFor(
      async () => {
        if ((await cluster.completed()) <= 30) return undefined;
        const runs = (await cluster.runs()).filter(isLong);
        return replicas.find((replica) => isAtWork(runs, replica));
      },
      { what: 'one is at work for long' },
    );

    await leaving.kill('SIGTERM');
    expect(await leaving.exited).toMatchObject({ code: 0 });
    const drained = await drainReport(leaving);
    expect(drained.abandoned).toBeGreaterThan(0);
    expect(drained.putBack).toBe(drained.abandoned);

    const jobs = [...long, ...stubborn, ...short];
    await cluster.allDone(jobs.length);
    const counts = await cluster.stockCounts(jobs);
    expect(counts.filter((job) => job.attempts !== 1 || job.stalls !== 0)).toEqual([]);

    // What was put back went on elsewhere without a pause for recovery. Some of it need not have begun before: a claim may
    // come in while it drains.
    const runs = await cluster.runs();
    const cutOff = runs.filter((run) => run.pid === leaving.pid && run.endMs === undefined);
    expect(cutOff.length).toBeGreaterThan(0);
    expect(cutOff.length).toBeLessThanOrEqual(drained.abandoned as number);
    for (const run of cutOff) expect(againAfter(runs, run)).toBeLessThan(Number.POSITIVE_INFINITY);
  });
});
