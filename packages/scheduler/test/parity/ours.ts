/**
 * The side under test: this package's claim, finish, renew and recover, for one workspace.
 *
 * Two things are given to it. Its scripts read the time from a key, so that both sides live at the same
 * time. And when `forced`, the workspace is put into the ring before each claim: a native claim looks at
 * the queue every time, with effects (due jobs are promoted even while the queue is paused), the scheduler
 * only when it has reason to. That it has reason to whenever it must is what `stranded.test.ts` tests,
 * which forces nothing.
 */
import { PARK_REASONS } from '@fairlead/core';
import type { ClaimedHash } from '../../src/claimed-job.ts';
import { generationKey, setKey, shardPrefix } from '../../src/keys.ts';
import { commandName, composeScript, type Verb } from '../../src/scripts.ts';
import { createStockQueues } from '../../src/stock-queues.ts';
import { createStockTransitions } from '../../src/stock-transitions.ts';
import { addJobs } from '../../src/verbs/add.ts';
import { claimFromShard, type ShardClaim } from '../../src/verbs/claim.ts';
import { finishJobs } from '../../src/verbs/finish.ts';
import { recoverStalled } from '../../src/verbs/recover.ts';
import { renewLocks } from '../../src/verbs/renew.ts';
import { sweepShard } from '../../src/verbs/sweep.ts';
import { handleOf, LOCK_MS, MAX_STALLED_COUNT, TICK_MS } from './operations.ts';
import {
  type Answer,
  type ClaimedOperation,
  connectTo,
  createSide,
  describeJob,
  failureOf,
  KEEP_COMPLETED,
  KEEP_DEAD,
  REPLICA,
  SHARD,
  type Side,
  WORKSPACE,
} from './side.ts';

const VERBS: readonly Verb[] = ['add', 'claim', 'finish', 'ready', 'renew', 'recover', 'sweep'];
const CLOCK_KEY = `${shardPrefix(SHARD)}~parity-now`;
const GIVEN_CLOCK = `local function serverTimeUs() return tonumber(redis.call('GET', '${CLOCK_KEY}')) * 1000 end`;
const EVENT_STREAM_LENGTH = 1_000;
/** The sweep tidies nothing away: BullMQ does not either. */
const NEVER_MS = 1e15;
const QUANTUM = 4;

export interface OurOptions {
  /** Put the workspace into the ring before each claim. */
  readonly forced: boolean;
  /** Changes a script's text: the negative controls break it here. */
  readonly alter?: (verb: Verb, text: string) => string;
}

export async function ourSide(url: string, options: OurOptions): Promise<Side> {
  const redis = connectTo(url, 1);
  for (const verb of VERBS) {
    const text = composeScript(verb, { now: GIVEN_CLOCK });
    redis.defineCommand(commandName(verb), { numberOfKeys: 1, lua: options.alter?.(verb, text) ?? text });
  }
  const stock = createStockQueues(redis, {
    keepDead: KEEP_DEAD,
    onError: (error) => {
      throw error;
    },
  });
  const transitions = createStockTransitions(redis, stock, SHARD + 1, EVENT_STREAM_LENGTH);
  const worker = await stock.workerFor(WORKSPACE, SHARD);
  const claims = new Map<string, ClaimedHash>();
  const claimed = (handle: string) => claims.get(handle) as ClaimedHash;

  async function enterRing(): Promise<void> {
    await redis
      .multi()
      .zrem(setKey(SHARD, 'park'), WORKSPACE)
      .zadd(setKey(SHARD, 'ring'), 0, WORKSPACE)
      .exec();
  }

  async function claim(token: string, wanted: number, nowMs: number): Promise<Answer> {
    if (options.forced) await enterRing();
    else await sweepShard(redis, SHARD, { shards: 1, replicaId: REPLICA, tidyAfterMs: NEVER_MS });
    const answer = await claimFromShard(redis, SHARD, {
      wanted,
      token,
      lockMs: LOCK_MS,
      replicaId: REPLICA,
      quantum: QUANTUM,
      partitionCap: wanted,
    });
    if (!answer) throw new Error('the claim was refused: no generation');
    for (const { reason } of answer.quarantined) throw new Error(`quarantined: ${reason}`);
    const jobs: Answer[] = [];
    for (const [n, job] of answer.jobs.entries()) {
      claims.set(handleOf(token, n), job);
      if (job.jobSchedulerKey !== undefined) await transitions.planNext(job);
      jobs.push(describeJob(job.toStockJob(worker)));
    }
    return jobs.length === wanted ? { jobs } : { jobs, ...whyNoMore(answer, nowMs) };
  }

  /** Where the workspace was put, in the words of the native answer. */
  function whyNoMore({ parked, nextMs }: ShardClaim, nowMs: number) {
    const inMs = nextMs === undefined ? 0 : nextMs - nowMs;
    const because = PARK_REASONS.find((_, reason) => parked[reason]);
    return {
      rateLimitedMs: because === 'rate_limited' ? Math.round(inMs / TICK_MS) * TICK_MS : 0,
      dueInMs: because === 'delayed' ? inMs : 0,
    };
  }

  async function perform(operation: ClaimedOperation, nowMs: number): Promise<Answer> {
    await redis.set(CLOCK_KEY, nowMs);
    switch (operation.kind) {
      case 'produce': {
        const jobs = operation.jobs.map(
          ({ id, data, options: { delay = 0, priority = 0, lifo = false, ...rest } }) => ({
            workspace: WORKSPACE,
            id,
            type: 'work',
            dataJson: JSON.stringify(data),
            optionsJson: JSON.stringify({
              ...rest,
              jobId: id,
              ...(delay > 0 ? { delay } : {}),
              ...(priority > 0 ? { priority } : {}),
              ...(lifo ? { lifo } : {}),
            }),
            timestampMs: nowMs,
            delayMs: delay,
            priority,
            lifo,
          }),
        );
        const { refusals } = await addJobs(redis, SHARD, EVENT_STREAM_LENGTH, jobs);
        return refusals.find((refused) => refused !== undefined) ?? 'added';
      }
      case 'claim':
        return claim(operation.token, operation.wanted, nowMs);
      case 'complete': {
        const value = JSON.stringify(operation.value) ?? 'null';
        const completions = operation.handles.map((handle) => ({
          job: claimed(handle),
          value,
          discard: false,
        }));
        return (await finishJobs(redis, SHARD, completions, KEEP_COMPLETED, false)).codes;
      }
      case 'fail':
        return transitions.fail(claimed(operation.handle), failureOf(operation), operation.retry);
      case 'postpone':
        return transitions.postpone(claimed(operation.handle), operation.delayMs, {
          mark: operation.handle,
        });
      case 'progress':
        await transitions.progress(claimed(operation.handle), operation.value);
        return 'done';
      case 'log':
        await transitions.log(claimed(operation.handle), operation.line);
        return 'done';
      case 'renew': {
        const { lost } = await renewLocks(redis, SHARD, LOCK_MS, operation.handles.map(claimed));
        return lost.map((job) => job.id);
      }
      case 'recover': {
        const recovered: string[] = [];
        await redis.del(`${shardPrefix(SHARD)}~recover`);
        await recoverStalled(redis, SHARD, {
          stallIntervalMs: TICK_MS,
          maxStalledCount: MAX_STALLED_COUNT,
          onStalled: (_, ids) => recovered.push(...ids),
        });
        return recovered;
      }
    }
  }

  return createSide({
    redis,
    perform,
    async reset(nowMs) {
      claims.clear();
      await redis
        .multi()
        .set(generationKey(SHARD), 'parity')
        .set(CLOCK_KEY, nowMs)
        // Known from the start: meeting a queue for the first time sets its event stream's length.
        .zadd(setKey(SHARD, 'known'), 0, WORKSPACE)
        .exec();
    },
    close: () => stock.close(),
  });
}
