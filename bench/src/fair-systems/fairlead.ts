/** Real replicas on a real Redis: `createProducer` adds, `createConsumer` runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer } from '@fairlead/consumer';
import { DEFAULT_WORKSPACE_CONFIG, type WorkspaceConfig } from '@fairlead/core';
import { createProducer, createScheduler } from '@fairlead/scheduler';
import type { Contest, FairSystem, Setup } from '@fairlead/testkit';
import { type KillableReplica, openKillableReplica } from './killable-replica.ts';
import { clockMs, createRealTime, work } from './real-time.ts';
import { createReplica, JOB_TYPE, type Payload } from './replica.ts';
import { countRequests, emptyServer, type FairServer } from './server.ts';

/** Instead of 10 s and 5 s, where a replica is killed. */
const SOON = { lockMs: 1_000, stallIntervalMs: 300 };
/** Handlers that still run are given up. */
const CLOSE_MS = 0;
const ADD_BATCH = 1_000;

/** @param shards of a cluster several; a single server has one */
export function fairleadSystem(name: string, server: FairServer, shards: number): FairSystem {
  return {
    name,
    standing: 'ours',
    lacks: new Set(),
    keeps: shards === 1 ? 'to_the_quantum' : 'within_5_percent',
    open: (setup) => openContest(server, shards, setup),
  };
}

async function openContest(server: FairServer, shards: number, setup: Setup): Promise<Contest> {
  const { slots, replicas = 1, killable: oneIsKilled = false } = setup;
  const { redis } = server;
  await emptyServer(server);
  const scheduler = createScheduler({ redis, shards });
  await scheduler.ping(10_000);
  await scheduler.writeGeneration();
  const producer = createProducer(scheduler);
  const time = createRealTime();
  const { recorder } = time;
  const configs = new Map<string, WorkspaceConfig>();
  const order = { redis, shards, slots, ...(oneIsKilled ? SOON : {}) };

  const runIn =
    (replica: number) =>
    async (job: number, runMs: number, failing: boolean): Promise<void> => {
      note(() => recorder.started(job, replica, clockMs()));
      await work(runMs);
      note(() => recorder.ended(job, clockMs()));
      if (failing) throw new Error('this attempt is to fail');
    };
  function note(write: () => void): void {
    try {
      write();
    } catch (error) {
      time.fail(error as Error);
    }
  }

  // Who is killed has a process of its own.
  const killable: KillableReplica | undefined = oneIsKilled
    ? await openKillableReplica(order, (what, job, atMs) =>
        note(() => (what === 'started' ? recorder.started(job, 0, atMs) : recorder.ended(job, atMs))),
      )
    : undefined;
  const consumers: Consumer[] = [];
  for (let replica = killable ? 1 : 0; replica < replicas; replica++) {
    consumers.push(createReplica(order, runIn(replica)));
  }

  return {
    ...time,
    async configure(settings) {
      for (const [workspace, changes] of settings) {
        configs.set(workspace, {
          ...(configs.get(workspace) ?? DEFAULT_WORKSPACE_CONFIG),
          ...changes,
        });
      }
      await scheduler.configure(
        [...settings.keys()].map((workspace) => ({
          workspace,
          config: configs.get(workspace) as WorkspaceConfig,
        })),
      );
    },
    async add(jobs) {
      const first = time.added(jobs);
      for (let from = 0; from < jobs.length; from += ADD_BATCH) {
        const added = await producer.add(
          jobs.slice(from, from + ADD_BATCH).map((job, i) => {
            const { workspace, runMs, priority, delayMs, failures = 0, retryMs = 0 } = job;
            const number = first + from + i;
            return {
              workspace,
              id: `j-${number}`,
              type: JOB_TYPE,
              payload: { number, runMs, failures } satisfies Payload,
              maxAttempts: failures + 1,
              backoff: { type: 'fixed' as const, delayMs: retryMs },
              ...(priority === undefined ? {} : { priority }),
              ...(delayMs === undefined ? {} : { delayMs }),
            };
          }),
        );
        for (const one of added) if (one.outcome === 'failed') throw one.error;
      }
    },
    async start() {
      time.begin();
      killable?.start();
      await Promise.all(consumers.map((consumer) => consumer.start()));
    },
    async kill() {
      if (killable === undefined) throw new Error('the contest is not killable');
      await killable.kill();
      recorder.killed(0, clockMs());
    },
    requestsDuring: (ms) => countRequests(server, () => sleep(ms)),
    async close() {
      await killable?.kill();
      await Promise.all(consumers.map((consumer) => consumer.drain(CLOSE_MS)));
      await scheduler.close();
    },
  };
}
