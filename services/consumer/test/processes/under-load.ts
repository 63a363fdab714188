/** Work for replicas that are going to end, and what became of it. */
import { type TestProcess, waitFor } from '@fairlead/testkit';
import { afterEach, beforeEach } from '@jest/globals';
import { type Cluster, startCluster } from './cluster.ts';

export const STALL_INTERVAL_MS = 1_000;

/** Settings of a replica that loses its jobs `lockMs` after it has died. */
export const timing = (lockMs: number) => ({
  FAIRLEAD_LOCK_MS: String(lockMs),
  FAIRLEAD_STALL_INTERVAL_MS: String(STALL_INTERVAL_MS),
});

export const workspaces = Array.from({ length: 10 }, (_, i) => `ws-${i}`);

/** Jobs spread over the workspaces. */
export function load(count: number, ms: number, type = 'work') {
  return Array.from({ length: count }, (_, i) => ({
    workspace: workspaces[i % workspaces.length] as string,
    id: `${type}-${i}`,
    type,
    payload: { ms },
  }));
}

export interface UnderLoad extends Pick<Cluster, 'replica' | 'add' | 'runs'> {
  readonly redis: Cluster['redis'];
  /** How many of the jobs are completed. */
  completed(): Promise<number>;
  allDone(count: number): Promise<void>;
  /** What BullMQ counted for each job. */
  stockCounts(
    jobs: readonly { workspace: string; id: string }[],
  ): Promise<{ id: string; attempts: number | undefined; stalls: number | undefined }[]>;
}

/** A cluster for each test of a file. */
export function useClusterUnderLoad(): UnderLoad {
  let cluster: Cluster;
  beforeEach(async () => {
    cluster = await startCluster();
  });
  afterEach(() => cluster.stop());

  const completed = () => cluster.completed(workspaces);
  return {
    get redis() {
      return cluster.redis;
    },
    replica: (env) => cluster.replica(env),
    add: (jobs) => cluster.add(jobs),
    runs: () => cluster.runs(),
    completed,
    async allDone(count) {
      await waitFor(async () => (await completed()) === count, {
        what: `all ${count} jobs are completed`,
        deadlineMs: 60_000,
        everyMs: 100,
      });
    },
    async stockCounts(jobs) {
      const counts = [];
      for (const workspace of workspaces) {
        const queue = cluster.scheduler.queueFor(workspace);
        for (const { id } of jobs.filter((job) => job.workspace === workspace)) {
          const job = await queue.getJob(id);
          counts.push({ id, attempts: job?.attemptsMade, stalls: job?.stalledCounter });
        }
      }
      return counts;
    },
  };
}

/** What it logged of its drain. */
export function drainReport(replica: TestProcess): Promise<Record<string, unknown>> {
  const drained = () => replica.logs().find((line) => line.msg === 'drained');
  return waitFor(drained, { what: 'its report has come' });
}
