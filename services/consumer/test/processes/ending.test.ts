/** How replicas end, in order and not, while there is work. */

import { type TestProcess, waitFor } from '@fairlead/testkit';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { finishedIn } from '../finished-in.ts';
import { type Cluster, nowMs, type Run, startCluster } from './cluster.ts';

const LOCK_MS = 2_000;
const STALL_INTERVAL_MS = 1_000;
/** How much longer than that a recovery may take on a machine that is busy with other tests. */
const BUSY_MS = 7_000;
const timing = (lockMs = LOCK_MS) => ({
  FAIRLEAD_LOCK_MS: String(lockMs),
  FAIRLEAD_STALL_INTERVAL_MS: String(STALL_INTERVAL_MS),
});
const workspaces = Array.from({ length: 10 }, (_, i) => `ws-${i}`);

let cluster: Cluster;

beforeEach(async () => {
  cluster = await startCluster();
});

afterEach(() => cluster.stop());

/** Jobs spread over the workspaces. */
function load(count: number, ms: number, type = 'work') {
  return Array.from({ length: count }, (_, i) => ({
    workspace: workspaces[i % workspaces.length] as string,
    id: `${type}-${i}`,
    type,
    payload: { ms },
  }));
}

async function allDone(count: number): Promise<void> {
  const done = async () => (await cluster.completed(workspaces)) === count;
  await waitFor(done, { what: `all ${count} jobs are completed`, deadlineMs: 60_000, everyMs: 100 });
}

/** What BullMQ counted for each job. */
async function stockCounts(jobs: readonly { workspace: string; id: string }[]) {
  const counts = [];
  for (const workspace of workspaces) {
    const queue = cluster.scheduler.queueFor(workspace);
    for (const { id } of jobs.filter((job) => job.workspace === workspace)) {
      const job = await queue.getJob(id);
      counts.push({ id, attempts: job?.attemptsMade, stalls: job?.stalledCounter });
    }
  }
  return counts;
}

describe('SIGKILL of a replica under load', () => {
  test('loses nothing: its jobs run again soon after their locks have run out', async () => {
    const jobs = load(600, 250);
    const env = { ...timing(), FAIRLEAD_CONCURRENCY: '16' };
    const [victim] = await Promise.all([cluster.replica(env), cluster.replica(env)]);
    await cluster.add(jobs);
    await waitFor(async () => (await cluster.completed(workspaces)) > 60, { what: 'they are at work' });
    const killedAtMs = await killAtWork(victim);
    await allDone(jobs.length);

    const runs = await cluster.runs();
    const cutOff = runs.filter((run) => run.pid === victim.pid && run.endMs === undefined);
    expect(cutOff.length).toBeGreaterThan(0);
    const delays = cutOff.map((run) => againAfter(runs, run) - killedAtMs);
    expect(Math.max(...delays)).toBeLessThanOrEqual(LOCK_MS + STALL_INTERVAL_MS + BUSY_MS);

    const counts = await stockCounts(jobs);
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
        if ((await cluster.completed(workspaces)) <= 30) return undefined;
        const runs = (await cluster.runs()).filter(isLong);
        return replicas.find((replica) => isAtWork(runs, replica));
      },
      { what: 'one is at work for long' },
    );

    await leaving.kill('SIGTERM');
    expect(await leaving.exited).toMatchObject({ code: 0 });
    const drained = await report(leaving);
    expect(drained.abandoned).toBeGreaterThan(0);
    expect(drained.putBack).toBe(drained.abandoned);

    const jobs = [...long, ...stubborn, ...short];
    await allDone(jobs.length);
    const counts = await stockCounts(jobs);
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

/** What it logged of its drain. */
function report(replica: TestProcess): Promise<Record<string, unknown>> {
  const drained = () => replica.logs().find((line) => line.msg === 'drained');
  return waitFor(drained, { what: 'its report has come' });
}

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
    await allDone(jobs.length);
    await frozen.kill('SIGCONT');
    const metrics = async () => (await fetch(`${frozen.url}/metrics`)).text();
    await waitFor(async () => finishedIn(await metrics(), 'lost_lock') === 6, {
      what: 'its six finishes are refused',
      deadlineMs: 30_000,
    });
    expect(finishedIn(await metrics(), 'completed')).toBe(0);
    expect(await cluster.completed(workspaces)).toBe(jobs.length);
    const counts = await stockCounts(jobs);
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
    expect(await report(replica)).toMatchObject({ finished: 0, abandoned: jobs.length, putBack: 0 });
    await cluster.redis.kill('SIGCONT');
    await cluster.replica(env);
    await allDone(jobs.length);
  });
});
