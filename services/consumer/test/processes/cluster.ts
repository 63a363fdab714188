/** Replica processes on a private Redis, and what they wrote down. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createProducer, createScheduler, type JobToAdd, type Scheduler } from '@fairlead/scheduler';
import { privateRedis, startProcess, type TestProcess, type TestRedis } from '@fairlead/testkit';

export const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const LOGGED = fileURLToPath(new URL('../fixtures/logged.ts', import.meta.url));

/** One run of a job in one process. */
export interface Run {
  readonly workspace: string;
  readonly id: string;
  readonly pid: number;
  readonly startMs: number;
  /** Undefined when it did not come to its end. */
  endMs: number | undefined;
}

export interface Cluster {
  readonly redis: TestRedis;
  readonly scheduler: Scheduler;
  /** Starts a replica with the logged handlers. */
  replica(env?: Readonly<Record<string, string>>): Promise<TestProcess>;
  add(jobs: readonly (Partial<JobToAdd> & Pick<JobToAdd, 'workspace' | 'id'>)[]): Promise<void>;
  runs(): Promise<Run[]>;
  /** Jobs of these workspaces that are completed. */
  completed(workspaces: readonly string[]): Promise<number>;
  stop(): Promise<void>;
}

/** Milliseconds on the clock of `Run`. */
export const nowMs = () => Number(process.hrtime.bigint()) / 1e6;

const ADD_CHUNK = 2_000;

/** @param options with `generation: false` replicas claim nothing until somebody calls `scheduler.writeGeneration` */
export async function startCluster(options: { readonly generation?: false } = {}): Promise<Cluster> {
  const redis = await privateRedis();
  const scheduler = createScheduler({ redis });
  await scheduler.ping(30_000);
  if (options.generation !== false) await scheduler.writeGeneration();
  const producer = createProducer(scheduler);
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-runs-'));
  const processes: TestProcess[] = [];

  return {
    redis,
    scheduler,
    async replica(env = {}) {
      const child = await startProcess(MAIN, {
        deadlineMs: 60_000,
        env: {
          REDIS_URL: redis.url,
          FAIRLEAD_LEDGER: 'off',
          FAIRLEAD_HANDLERS: LOGGED,
          FAIRLEAD_TEST_LOG: folder,
          FAIRLEAD_KEEP_COMPLETED_COUNT: '-1',
          ...env,
        },
      });
      processes.push(child);
      return child;
    },
    async add(jobs) {
      for (let from = 0; from < jobs.length; from += ADD_CHUNK) {
        const chunk = jobs.slice(from, from + ADD_CHUNK);
        const added = await producer.add(chunk.map((job) => ({ type: 'work', payload: { ms: 0 }, ...job })));
        const failed = added.find((job) => job.outcome === 'failed');
        if (failed?.outcome === 'failed') throw failed.error;
      }
    },
    async runs() {
      const found: Run[] = [];
      for (const name of await readdir(folder)) {
        const open = new Map<string, Run>();
        for (const line of (await readFile(join(folder, name), 'utf8')).split('\n')) {
          const [what, workspace = '', id = '', ns = '0'] = line.split(' ');
          const ms = Number(BigInt(ns)) / 1e6;
          if (what === 'start') {
            const run: Run = { workspace, id, pid: Number.parseInt(name, 10), startMs: ms, endMs: undefined };
            open.set(id, run);
            found.push(run);
          } else if (what === 'end') {
            const run = open.get(id);
            if (run) run.endMs = ms;
          }
        }
      }
      return found;
    },
    async completed(workspaces) {
      const counts = await scheduler.counts(workspaces);
      return counts.reduce((sum, count) => sum + count.completed, 0);
    },
    async stop() {
      await Promise.all(processes.map((child) => child.stop(1_000)));
      await scheduler.close();
      await redis.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
