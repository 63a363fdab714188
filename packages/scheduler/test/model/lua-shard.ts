import type { Across, ModelJob, Runs, WorkspaceConfig } from '@fairlead/core';
import { QueueKeys, type RedisClient, RedisConnection, RedisQueueBackend } from 'bullmq';
import { Redis } from 'ioredis';
import { readLoads, type WorkspaceLiveLoad } from '../../src/control/loads.ts';
import { writeQuotas } from '../../src/control/quotas.ts';
import { queuePrefix, routingKey, shardPrefix } from '../../src/keys.ts';
import { callScript, defineScripts, type Verb } from '../../src/scripts.ts';
import { configureWorkspaces } from '../../src/verbs/configure.ts';
import { readStandings, type WorkspaceStanding } from '../../src/verbs/counts.ts';
import { pairs } from '../../src/verbs/pairs.ts';
import { reportServed } from '../../src/verbs/served.ts';

/** Stands in for the server's clock: the scripts read a key that the test sets. */
const GIVEN_CLOCK = `local function serverTimeUs() return tonumber(redis.call('GET', ARGV[1] .. '~given-now')) end`;
/** Longer than any test: locks only end when a test ends them. */
const LOCK_MS = 3_600_000;

export interface HeldJob {
  readonly workspace: string;
  readonly id: string;
  readonly token: string;
  /** What its start was charged, with runtime fairness, and when. */
  readonly charged: { readonly cost: number; readonly atMs: number } | undefined;
}

/** What can be compared: the sets, the tags and buckets, and the queues, as plain data. */
export interface Snapshot {
  clock: number;
  ring: Record<string, number>;
  park: Record<string, number>;
  busy: string[];
  tags: Record<string, number>;
  buckets: Record<string, { tokens: number; atUs: number }>;
  quotas: Record<string, number>;
  runEstimates: Record<string, number>;
  meanRunMs: number | undefined;
  queues: Record<string, { wait: string[]; prioritized: string[]; delayed: string[]; active: string[] }>;
}

/** One shard in Redis, driven through the scripts under a clock that the test moves. */
export class LuaShard {
  readonly redis: Redis;
  readonly shard: number;
  readonly #backend: RedisQueueBackend;
  #claims = 0;

  private constructor(redis: Redis, shard: number, backend: RedisQueueBackend) {
    this.redis = redis;
    this.shard = shard;
    this.#backend = backend;
  }

  static async open(url: string): Promise<(shard: number) => LuaShard> {
    const redis = new Redis(url, { maxRetriesPerRequest: null });
    defineScripts(redis, { now: GIVEN_CLOCK });
    const connection = new RedisConnection(redis as unknown as RedisClient, {
      shared: true,
      blocking: false,
    });
    await connection.client;
    const backend = new RedisQueueBackend(connection, 'unused', {} as never, () => '', { connection: {} });
    return (shard) => new LuaShard(redis, shard, backend);
  }

  get prefix(): string {
    return shardPrefix(this.shard);
  }

  async setClock(nowUs: number): Promise<void> {
    await this.redis.set(`${this.prefix}~given-now`, String(nowUs));
  }

  async writeGeneration(): Promise<void> {
    await this.redis.set(`${this.prefix}~gen`, 'test');
  }

  call(verb: Verb, ...args: (string | number)[]): Promise<unknown> {
    return callScript(this.redis, verb, routingKey(this.shard), [this.prefix, ...args]);
  }

  async add(workspace: string, job: ModelJob, nowMs: number, delayMs: number): Promise<void> {
    const keys = new QueueKeys(queuePrefix(this.shard)).getKeys(workspace);
    const data = {
      id: job.id,
      name: 'test',
      data: '{}',
      opts: { delay: delayMs, priority: job.priority, attempts: 5 },
      timestamp: nowMs,
    };
    const client = await this.#backend.client;
    await this.#backend.addJobToTransaction(client as never, data as never, job.id, {}, keys);
    await this.call('ready', 'added', 100, 1, workspace);
  }

  async claim(wanted: number, quantum: number, cap: number, across?: Across) {
    const token = `t${++this.#claims}`;
    const others = across
      ? [across.floor ?? '', across.until ?? '', across.wasAway ? '1' : '']
      : ([] as string[]);
    const answer = (await this.call(
      'claim',
      ...[wanted, token, LOCK_MS, 'replica', quantum, cap, ...others],
    )) as [0] | [1, string, string, number, number[], string[], (string | string[])[], string[], string?];
    if (answer[0] === 0) return { outcome: 'no_generation' as const };
    const [, now, next, ready, parked, quarantined, flat, costs, at] = answer;
    const atMs = Number(now);
    const costOf = new Map(pairs<string>(costs).map(([workspace, cost]) => [workspace, Number(cost)]));
    const held: HeldJob[] = [];
    for (let i = 0; i < flat.length; i += 3) {
      const workspace = flat[i] as string;
      const cost = costOf.get(workspace);
      const charged = cost === undefined ? undefined : { cost, atMs };
      held.push({ workspace, id: flat[i + 1] as string, token, charged });
    }
    return {
      outcome: 'claimed' as const,
      held,
      costs: costOf,
      ready,
      parked,
      quarantined,
      nextMs: Number(next),
      at: at === undefined ? undefined : Number(at),
    };
  }

  async finish(jobs: readonly HeldJob[]): Promise<{ codes: number[]; freed: boolean }> {
    const ways = [0, '', ''];
    const groups = jobs.flatMap((job) => [job.workspace, job.token, 1, '', '', 1, job.id, 'null']);
    const settlements = jobs.flatMap(({ charged }, i) =>
      charged ? [i + 1, exact(charged.cost), charged.atMs] : [],
    );
    const args = ['', 1, jobs.length, ...ways, ...groups, ...settlements];
    const answer = (await this.call('finish', ...args)) as number[];
    return { codes: answer.slice(0, -1), freed: answer.at(-1) === 1 };
  }

  async retryLater(job: HeldJob, nowMs: number, delayMs: number): Promise<void> {
    const queue = this.#backend.forQueue(job.workspace, queuePrefix(this.shard));
    await queue.moveToDelayed(job.id, nowMs, delayMs, job.token, {});
    const { workspace, charged } = job;
    const settlement = charged ? [workspace, exact(charged.cost), charged.atMs] : [];
    await this.call('ready', 'freed', 100, 1, workspace, ...settlement);
  }

  configure(workspace: string, config: WorkspaceConfig): Promise<void> {
    return configureWorkspaces(this.redis, this.shard, [{ workspace, config }], 100);
  }

  setQuota(workspace: string, quota: number, epoch: number): Promise<'published' | 'old_epoch'> {
    return writeQuotas(this.redis, this.shard, [{ workspace, quota }], epoch);
  }

  async setQueuePaused(workspace: string, paused: boolean): Promise<void> {
    const meta = `${this.prefix}${workspace}:meta`;
    if (paused) await this.redis.hset(meta, 'paused', '1');
    else await this.redis.hdel(meta, 'paused');
  }

  async forgetJobData(workspace: string, id: string): Promise<void> {
    await this.redis.del(`${this.prefix}${workspace}:${id}`);
  }

  async expireLock(job: HeldJob): Promise<void> {
    await this.redis.del(`${this.prefix}${job.workspace}:${job.id}:lock`);
  }

  /** Two rounds: the first marks, the second takes. Answers what was taken, in Redis' order. */
  async recover(): Promise<{ workspace: string; ids: string[] }[]> {
    const recovered: { workspace: string; ids: string[] }[] = [];
    for (let round = 0; round < 2; round++) {
      await this.redis.del(`${this.prefix}~recover`);
      const [, , stalled] = (await this.call('recover', 60_000, 100, '', 1_000)) as [
        1,
        string,
        (string | string[])[],
      ];
      for (let i = 0; i < stalled.length; i += 2) {
        recovered.push({ workspace: stalled[i] as string, ids: stalled[i + 1] as string[] });
      }
    }
    return recovered;
  }

  served(started: ReadonlyMap<string, number>, runs: Runs, coversMs: number): Promise<void> {
    return reportServed(this.redis, this.shard, started, runs, coversMs);
  }

  async loads(): Promise<WorkspaceLiveLoad[]> {
    const loads: WorkspaceLiveLoad[] = [];
    for await (const chunk of readLoads(this.redis, this.shard)) loads.push(...chunk);
    return loads;
  }

  standings(workspaces: readonly string[]): Promise<WorkspaceStanding[]> {
    return readStandings(this.redis, this.shard, workspaces);
  }

  async snapshot(workspaces: readonly string[]): Promise<Snapshot> {
    const pipeline = this.redis.pipeline();
    pipeline.get(`${this.prefix}~clock`);
    pipeline.get(`${this.prefix}~meanrun`);
    for (const set of ['ring', 'park', 'busy'])
      pipeline.zrange(`${this.prefix}~${set}`, '0', '-1', 'WITHSCORES');
    for (const workspace of workspaces) {
      const base = `${this.prefix}${workspace}:`;
      pipeline.hmget(`${this.prefix}~cfg:${workspace}`, 'tag', 'tokens', 'tokensAt', 'quota', 'cost');
      pipeline.lrange(`${base}wait`, 0, -1);
      pipeline.zrange(`${base}prioritized`, '0', '-1');
      pipeline.zrange(`${base}delayed`, '0', '-1');
      pipeline.lrange(`${base}active`, 0, -1);
    }
    const answers = ((await pipeline.exec()) ?? []).map(([error, value]) => {
      if (error) throw error;
      return value;
    });
    const [clock, meanRun, ring, park, busy, ...rest] = answers as [
      string | null,
      string | null,
      unknown,
      unknown,
      unknown,
      ...unknown[],
    ];
    const snapshot: Snapshot = {
      clock: Number(clock ?? 0),
      ring: scores(ring),
      park: scores(park),
      busy: Object.keys(scores(busy)).sort(),
      tags: {},
      buckets: {},
      quotas: {},
      runEstimates: {},
      meanRunMs: meanRun === null ? undefined : Number(meanRun),
      queues: {},
    };
    workspaces.forEach((workspace, i) => {
      const [config, wait, prioritized, delayed, active] = rest.slice(i * 5, i * 5 + 5) as [
        (string | null)[],
        string[],
        string[],
        string[],
        string[],
      ];
      const [tag, tokens, at, quota, cost] = config;
      if (quota) snapshot.quotas[workspace] = Number(quota);
      if (cost) snapshot.runEstimates[workspace] = Number(cost);
      if (tag !== null) snapshot.tags[workspace] = Number(tag);
      if (tokens !== null) snapshot.buckets[workspace] = { tokens: Number(tokens), atUs: Number(at) };
      snapshot.queues[workspace] = {
        wait: wait.toReversed(),
        prioritized,
        delayed,
        active: active.toSorted(),
      };
    });
    return snapshot;
  }
}

/** As the script writes it. */
function exact(value: number): string {
  return value.toPrecision(17);
}

/** Members and scores, in either of the shapes that the protocol versions answer. */
function scores(answer: unknown): Record<string, number> {
  const flat = (answer as unknown[]).flat() as (string | number)[];
  const result: Record<string, number> = {};
  for (let i = 0; i < flat.length; i += 2) result[String(flat[i])] = Number(flat[i + 1]);
  return result;
}
