/** How replicas end, in order and not, while there is work. */

import { waitFor } from '@fairlead/testkit';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { finishedIn } from '../finished-in.ts';
import { type Cluster, nowMs, type Run, startCluster } from './cluster.ts';

const LOCK_MS = 2_000;
const STALL_INTERVAL_MS = 1_000;
const timing = { FAIRLEAD_LOCK_MS: String(LOCK_MS), FAIRLEAD_STALL_INTERVAL_MS: String(STALL_INTERVAL_MS) };
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
  await waitFor(done, { what: `all ${count} jobs are completed`, deadlineMs: 30_000, everyMs: 100 });
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
  test('loses nothing: its jobs run again within lock + interval + 2 s', async () => {
    const jobs = load(600, 250);
    await cluster.add(jobs);
    const env = { ...timing, FAIRLEAD_CONCURRENCY: '16' };
    const [victim] = await Promise.all([cluster.replica(env), cluster.replica(env)]);
    await waitFor(
      async () => (await cluster.completed(workspaces)) > 60 && isAtWork(await cluster.runs(), victim.pid),
      { what: 'both are at work' },
    );
    await victim.kill('SIGKILL');
    const killedAtMs = nowMs();
    await allDone(jobs.length);

    const runs = await cluster.runs();
    const cutOff = runs.filter((run) => run.pid === victim.pid && run.endMs === undefined);
    expect(cutOff.length).toBeGreaterThan(0);
    const delays = cutOff.map((run) => againAfter(runs, run) - killedAtMs);
    expect(Math.max(...delays)).toBeLessThanOrEqual(LOCK_MS + STALL_INTERVAL_MS + 2_000);

    const counts = await stockCounts(jobs);
    expect(counts.filter((job) => job.attempts !== 1)).toEqual([]);
    // It really was stalled recovery that brought them back.
    expect(counts.filter((job) => (job.stalls ?? 0) > 0).length).toBeGreaterThanOrEqual(cutOff.length);
  });
});

function isAtWork(runs: readonly Run[], pid: number): boolean {
  return runs.some((run) => run.pid === pid && run.endMs === undefined);
}

function againAfter(runs: readonly Run[], cutOff: Run): number {
  const again = runs.find((run) => run.id === cutOff.id && run.pid !== cutOff.pid);
  return again?.startMs ?? Number.POSITIVE_INFINITY;
}

describe('SIGTERM under load', () => {
  test('ends with 0, stalls nothing, and counts no attempt twice', async () => {
    // Longer than it takes to start another replica on a busy machine: some still run when the first one is asked to end.
    const long = load(6, 8_000).map((job) => ({ ...job, id: `long-${job.id}` }));
    const stubborn = load(4, 8_000, 'stubborn');
    const short = load(500, 150);
    await cluster.add([...long, ...stubborn, ...short]);
    const env = { ...timing, FAIRLEAD_CONCURRENCY: '16', FAIRLEAD_DRAIN_TIMEOUT_MS: '2000' };
    const leaving = await cluster.replica(env);
    await waitFor(async () => (await cluster.completed(workspaces)) > 30, { what: 'it is at work' });
    await cluster.replica(env);

    const askedAtMs = nowMs();
    await leaving.kill('SIGTERM');
    expect(await leaving.exited).toMatchObject({ code: 0 });
    expect(nowMs() - askedAtMs).toBeLessThan(2_000 + 1_000);
    const drained = leaving.logs().find((line) => line.msg === 'drained');
    expect(drained?.abandoned).toBeGreaterThan(0);
    expect(drained?.putBack).toBe(drained?.abandoned);

    const jobs = [...long, ...stubborn, ...short];
    await allDone(jobs.length);
    const counts = await stockCounts(jobs);
    expect(counts.filter((job) => job.attempts !== 1 || job.stalls !== 0)).toEqual([]);

    // What was put back went on elsewhere without a pause for recovery.
    const runs = await cluster.runs();
    const cutOff = runs.filter((run) => run.pid === leaving.pid && run.endMs === undefined);
    expect(cutOff).toHaveLength(drained?.abandoned as number);
  });
});

describe('SIGSTOP of a replica for longer than its locks last', () => {
  test('hands its jobs to others, and nothing that it does afterwards counts', async () => {
    const jobs = load(6, 400);
    await cluster.add(jobs);
    const frozen = await cluster.replica(timing);
    await waitFor(async () => (await cluster.runs()).length === jobs.length, { what: 'all jobs run' });
    await frozen.kill('SIGSTOP');
    await cluster.replica(timing);
    await allDone(jobs.length);
    await frozen.kill('SIGCONT');
    const metrics = async () => (await fetch(`${frozen.url}/metrics`)).text();
    await waitFor(async () => finishedIn(await metrics(), 'lost_lock') === 6, {
      what: 'its six finishes are refused',
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
    const jobs = load(8, 500);
    await cluster.add(jobs);
    const env = { ...timing, FAIRLEAD_DRAIN_TIMEOUT_MS: '1500' };
    const replica = await cluster.replica(env);
    await waitFor(async () => (await cluster.runs()).length === jobs.length, { what: 'all jobs run' });
    await cluster.redis.kill('SIGSTOP');
    const askedAtMs = nowMs();
    await replica.kill('SIGTERM');
    expect(await replica.exited).toMatchObject({ code: 0 });
    expect(nowMs() - askedAtMs).toBeLessThan(1_500 + 1_000);
    expect(replica.logs().find((line) => line.msg === 'drained')).toMatchObject({
      finished: 0,
      abandoned: jobs.length,
      putBack: 0,
    });
    await cluster.redis.kill('SIGCONT');
    await cluster.replica(env);
    await allDone(jobs.length);
  });
});
