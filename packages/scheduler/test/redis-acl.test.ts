/**
 * The Redis users of `infra/redis/users.acl.template`: each can do its work, with all of its scripts, and nothing else.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { DEFAULT_WORKSPACE_CONFIG, NO_COUNTS } from '@fairlead/core';
import { privateRedis, type TestRedis, waitFor } from '@fairlead/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { FlowProducer } from 'bullmq';
import { Redis } from 'ioredis';
import {
  type Claimer,
  type ClaimerOptions,
  createClaimer,
  createProducer,
  createScheduler,
  type Producer,
  type Scheduler,
} from '../src/index.ts';
import { queuePrefix } from '../src/keys.ts';
import { composeScript, type Verb } from '../src/scripts.ts';
import { claimUntil } from './support/claiming.ts';
import { jobs, SHORT } from './support/rig.ts';

const TEMPLATE = new URL('../../../infra/redis/users.acl.template', import.meta.url);
const SERVICES = ['dispatcher', 'consumer', 'controller', 'board', 'board-actions'] as const;
type User = (typeof SERVICES)[number];
/** Redis' words for it, by itself and from within a script. */
const REFUSED = /NOPERM|ACL failure|can't (run|access)/;

/** The rules of each user, as in the file but for the password. */
const rules = new Map(
  readFileSync(TEMPLATE, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('user '))
    .map((line) => {
      const [, name = '', ...rest] = line.split(' ');
      return [name, rest.map((rule) => (rule.startsWith('#<') ? `>${name}` : rule))];
    }),
);

let server: TestRedis;
/** The default user of the test's server, which may do all: what stands for a person, and looks at ACL LOG. */
let root: Redis;
const closers: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  // DEBUG is off by default for everybody: here the users must be what refuses it.
  server = await privateRedis({ config: ['--enable-debug-command', 'yes'] });
  root = new Redis(server.url);
  for (const user of SERVICES) await root.call('ACL', 'SETUSER', user, ...(rules.get(user) ?? []));
});
beforeEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await root.flushall();
  await root.call('ACL', 'LOG', 'RESET');
});
afterAll(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  root.disconnect();
  await server.stop();
});

const urlOf = (user: User) => `redis://${user}:${user}@127.0.0.1:${server.port}`;

function schedulerOf(user: User): Scheduler {
  const scheduler = createScheduler({ redis: { url: urlOf(user) } });
  closers.push(() => scheduler.close());
  return scheduler;
}

function claimerOf(scheduler: Scheduler, replicaId: string, options: Partial<ClaimerOptions> = {}): Claimer {
  const claimer = createClaimer(scheduler, { replicaId, ...options });
  closers.push(() => claimer.stop());
  return claimer;
}

async function dispatcher(): Promise<{ scheduler: Scheduler; producer: Producer }> {
  const scheduler = schedulerOf('dispatcher');
  await scheduler.ping(5_000);
  await scheduler.configure([
    { workspace: 'acme', config: { ...DEFAULT_WORKSPACE_CONFIG, concurrency: 50 } },
  ]);
  await scheduler.writeGeneration();
  return { scheduler, producer: createProducer(scheduler) };
}

/** What Redis refused: `command (object)`. */
async function refusals(): Promise<string[]> {
  const log = (await root.call('ACL', 'LOG')) as unknown[][];
  return log.map((entry) => `${entry[entry.indexOf('username') + 1]}: ${entry[entry.indexOf('object') + 1]}`);
}

/** Every kind of ending, one job each. */
async function workOff(claimer: Claimer): Promise<void> {
  const work = await claimUntil(claimer, 7, { what: 'seven jobs are claimed' });
  const [done, retried, dead, postponed, discarded, chatty, last] = work;
  await claimer.complete(done!, { ok: true });
  await claimer.fail(retried!, new Error('again'), { retry: true });
  await claimer.fail(dead!, new Error('never'), { retry: false });
  await claimer.postpone(postponed!, 60_000, { flUnknownSince: '1' });
  await claimer.discard(discarded!);
  await claimer.progress(chatty!, { percent: 50 });
  await claimer.log(chatty!, 'half way');
  await claimer.complete(chatty!, null);
  await claimer.complete(last!, null);
}

describe('each user can do its work', () => {
  test('jobs of every kind come in, run, fail, come back, are cancelled and are looked at', async () => {
    const { scheduler, producer } = await dispatcher();
    // What failed comes back when the test is long over.
    const backoff = { type: 'fixed', delayMs: 3_600_000 } as const;
    await producer.add(jobs('acme', 7, { backoff }));
    await producer.add(jobs('acme', 1));
    // Renewals, which tell of a cancellation, are two seconds apart.
    const replica = claimerOf(schedulerOf('consumer'), 'one', { lockMs: 6_000 });
    await replica.start();
    await workOff(replica);
    await producer.add([
      ...jobs('beta', 1, { delayMs: 3_600_000 }),
      ...jobs('gamma', 1, { priority: 5 }),
      ...jobs('delta', 1, { lifo: true }),
    ]);
    for (const job of await claimUntil(replica, 2, { what: 'the others are claimed' })) {
      await replica.complete(job, null);
    }
    await replica.waitForWork(50);
    await replica.passOn();

    // Cancelled while it waits, and while it runs.
    await producer.add(jobs('epsilon', 2));
    const [running] = await claimUntil(replica, 1, { what: 'a job runs' });
    const cancelled = await scheduler.cancel(
      ['epsilon-1', 'epsilon-2', 'absent'].map((id) => ({ workspace: 'epsilon', id })),
    );
    expect(cancelled.toSorted()).toEqual(['absent', 'removed', 'running']);
    await waitFor(() => running!.cancelled, { what: 'the replica learns of it' });
    await replica.discard(running!);

    const states = await scheduler.shardStates();
    expect(await scheduler.beat(states, 1)).toHaveLength(1);
    expect(await scheduler.hasGeneration()).toBe(true);
    expect(await scheduler.missing([{ workspace: 'acme', id: 'gone' }])).toHaveLength(1);
    expect((await scheduler.counts(['acme']))[0]).toMatchObject({ completed: 3, dead: 1, delayed: 2 });
    expect(await scheduler.activeWorkspaces(10)).toContain('acme');
    expect((await scheduler.totals()).known).toBeGreaterThan(3);
    for (const id of ['acme-1', 'acme-2', 'acme-3', 'beta-1']) {
      expect(await scheduler.job(id.replace(/-.*/, ''), id)).toBeDefined();
    }
    expect((await scheduler.memory()).usedBytes).toBeGreaterThan(0);
    expect(await refusals()).toEqual([]);
  });

  test('the jobs of a replica that died are recovered, and what a stock queue adds is swept', async () => {
    const { producer } = await dispatcher();
    const consumer = schedulerOf('consumer');
    await producer.add(jobs('acme', 2));
    const stalled: string[] = [];
    const onStalled = (_: string, ids: readonly string[]) => stalled.push(...ids);
    const [lost, heir] = [
      claimerOf(consumer, 'lost', SHORT),
      claimerOf(consumer, 'heir', { stallIntervalMs: SHORT.stallIntervalMs, onStalled }),
    ];
    await Promise.all([lost.start(), heir.start()]);
    const [alone] = await claimUntil(lost, 2, { what: 'both are held' });
    expect(await lost.noteAlone(alone!)).toBe(true);
    await lost.stop();
    await claimUntil(heir, 2, { what: 'both are recovered' });
    expect(stalled.toSorted()).toEqual(['acme-1', 'acme-2']);
    await consumer.queueFor('acme').add('stock', { n: 1 }, { jobId: 'stock' });
    const [swept] = await claimUntil(heir, 1, { what: 'the stock job is found' });
    expect(swept?.id).toBe('stock');
    expect(await refusals()).toEqual([]);
  });

  test('flows and job schedulers, which other programs add, go on under the consumer', async () => {
    const { scheduler } = await dispatcher();
    const claimer = claimerOf(schedulerOf('consumer'), 'one');
    const stock = { connection: { url: server.url }, prefix: queuePrefix(0) };
    const flows = new FlowProducer(stock);
    closers.push(() => flows.close());
    await flows.add({
      name: 'report',
      queueName: 'acme',
      opts: { jobId: 'report' },
      children: [
        { name: 'good', queueName: 'acme', opts: { jobId: 'good' } },
        { name: 'bad', queueName: 'acme', opts: { jobId: 'bad', ignoreDependencyOnFailure: true } },
      ],
    });
    const queue = schedulerOf('consumer').queueFor('beta');
    await queue.upsertJobScheduler('tick', { every: 100 }, { name: 'tick', opts: { attempts: 2 } });
    await scheduler.configure(
      ['acme', 'beta'].map((workspace) => ({ workspace, config: DEFAULT_WORKSPACE_CONFIG })),
    );
    const seen = new Map<string, number>();
    while (!(seen.has('report') && (seen.get('tick') ?? 0) >= 3)) {
      const [job] = await claimUntil(claimer, 1, { what: 'the parent and three ticks are claimed' });
      seen.set(job!.type, (seen.get(job!.type) ?? 0) + 1);
      if (job!.type === 'bad') await claimer.fail(job!, new Error('no'), { retry: false });
      else await claimer.complete(job!, null);
    }
    expect(await refusals()).toEqual([]);
  });

  test('replicas and dispatchers report, and the controller reads it and publishes what it decided', async () => {
    const controller = schedulerOf('controller');
    await controller.ping(5_000);
    const decided = { epoch: 1, tickMs: 15_000, cluster: null, workspaces: new Map() };
    expect(await controller.publishPressure(decided)).toBe('published');
    expect(await controller.publishCapacity({ capacity: 10, epoch: 1 })).toBe('published');
    const report = { slots: 64, draining: false, vitals: undefined, evidence: [] };
    const counts = new Map([['acme', NO_COUNTS]]);
    const [replica, accepting] = [schedulerOf('consumer'), schedulerOf('dispatcher')];
    const answer = await replica.report({ ...report, reporter: 'one', id: '1', kind: 'consumer', counts });
    expect(answer).toEqual({ capacity: 10, share: 10 });
    await accepting.report({ ...report, reporter: 'two', id: '1', kind: 'dispatcher', slots: 0, counts });
    await accepting.readPressure();
    expect((await controller.readReports(undefined, 10)).reports).toHaveLength(2);
    expect(await controller.replicas()).toHaveLength(1);
    expect(await refusals()).toEqual([]);
  });

  test('the board reads queues, jobs and logs, and with actions retries and promotes', async () => {
    const { producer } = await dispatcher();
    await producer.add([...jobs('acme', 2), ...jobs('beta', 2, { delayMs: 3_600_000 })]);
    const claimer = claimerOf(schedulerOf('consumer'), 'one');
    for (const job of await claimUntil(claimer, 2, { what: 'both are claimed' })) {
      await claimer.log(job, 'a line');
      await claimer.fail(job, new Error('no'), { retry: false });
    }
    const board = schedulerOf('board');
    await board.ping(5_000);
    expect((await board.counts(await board.activeWorkspaces(10))).map((row) => row.workspace)).toContain(
      'acme',
    );
    const queue = board.queueFor('acme');
    expect(await queue.getJobCounts()).toMatchObject({ failed: 2 });
    expect(await queue.getJobs(['failed', 'waiting', 'active', 'completed'], 0, 10)).toHaveLength(2);
    const job = await queue.getJob('acme-1');
    expect(await job?.getState()).toBe('failed');
    expect((await queue.getJobLogs('acme-1')).logs).toEqual(['a line']);
    await Promise.all([
      queue.isPaused(),
      queue.getGlobalConcurrency(),
      queue.getMetrics('completed'),
      queue.getRateLimitTtl(),
    ]);
    await Promise.all([
      queue.getJobSchedulers(),
      queue.getJobSchedulersCount(),
      queue.getCountsPerPriority([0, 1]),
    ]);
    expect(await refusals()).toEqual([]);
    await expect(job?.retry()).rejects.toThrow(REFUSED);
    await root.call('ACL', 'LOG', 'RESET');

    const withActions = schedulerOf('board-actions');
    const [failed, delayed] = [withActions.queueFor('acme'), withActions.queueFor('beta')];
    await (await failed.getJob('acme-1'))?.retry();
    await failed.retryJobs({ state: 'failed' });
    await (await delayed.getJob('beta-1'))?.promote();
    await delayed.promoteJobs();
    expect(await failed.getJobCounts('failed', 'waiting')).toEqual({ failed: 0, waiting: 2 });
    expect(await delayed.getJobCounts('delayed', 'waiting')).toEqual({ delayed: 0, waiting: 2 });
    expect(await refusals()).toEqual([]);
  });
});

describe.each(SERVICES)('%s can do nothing else', (user) => {
  let redis: Redis;
  beforeEach(() => {
    redis = new Redis(urlOf(user));
    closers.push(async () => redis.disconnect());
  });

  test.each([
    'FLUSHALL',
    'FLUSHDB',
    'CONFIG GET *',
    'CONFIG SET maxmemory 1',
    'KEYS *',
    'SCAN 0',
    'DEBUG SLEEP 0',
    'ACL LIST',
    'ACL WHOAMI',
    'MONITOR',
    'SHUTDOWN NOSAVE',
    'SCRIPT FLUSH',
    'FUNCTION LIST',
    'CLIENT LIST',
    'CLIENT KILL TYPE normal',
    'REPLICAOF NO ONE',
    'MODULE LIST',
    'SAVE',
    'SELECT 1',
    'SUBSCRIBE x',
    'PUBLISH x y',
    'RENAME {fl0}:a {fl0}:b',
    'EVAL return(redis.call("FLUSHALL")) 0',
    'EVAL return(redis.call("KEYS","*")) 0',
  ])('%s is refused', async (line) => {
    const [command = '', ...args] = line.split(' ');
    await expect(redis.call(command, ...args)).rejects.toThrow(REFUSED);
  });

  test.each(['other', 'fl0:~ring', 'bull:acme:meta', '{other}:x', 'x{fl0}:y'])(
    'the key %s is out of reach, in a script too',
    async (key) => {
      await expect(redis.get(key)).rejects.toThrow(REFUSED);
      await expect(redis.eval('return redis.call("GET", ARGV[1])', 1, '{fl0}:x', key)).rejects.toThrow(
        REFUSED,
      );
      expect(await redis.get('{fl0}:x')).toBeNull();
    },
  );
});

describe('the lists of commands are those of the scripts', () => {
  const bullmq = createRequire(import.meta.url)('bullmq/dist/cjs/scripts') as Record<
    string,
    { content: string } | undefined
  >;

  /** Names in a script; where it chooses between two ends of a list it holds the name in a variable. */
  function commandsIn(source: string): string[] {
    const named = [...source.matchAll(/(?:\brcall|redis\.p?call)\(\s*["'](\w+)["']/g)].map(
      ([, name]) => name!,
    );
    return [...named, ...(source.includes('rcall(pushCmd') ? ['lpush', 'rpush'] : [])].map((name) =>
      name.toLowerCase(),
    );
  }
  function commandsOf(verbs: readonly Verb[], scripts: readonly string[]): string[] {
    return [
      ...verbs.flatMap((verb) => commandsIn(composeScript(verb))),
      ...scripts.flatMap((name) =>
        commandsIn(bullmq[name]?.content ?? `no script ${name}: redis.call("${name}"`),
      ),
    ];
  }
  /** Outside of scripts, for the logs of a job. */
  const TRANSACTION = ['multi', 'exec'];
  const READS = ['getCounts', 'getRanges', 'getState', 'getStateV2', 'getMetrics', 'getCountsPerPriority'];
  const READS_TOO = ['isMaxed', 'getRateLimitTtl', 'getJobScheduler', 'getDependencyCounts', 'paginate'];
  const OF_THE_CONNECTION = 'auth ping quit info client|setname eval evalsha script|load script|exists'.split(
    ' ',
  );

  const used: Record<User, string[]> = {
    dispatcher: [
      ...commandsOf(['add', 'configure', 'counts', 'cancel', 'beat', 'report', 'pressure'], []),
      ...'exists get set zrange zcard hgetall zrank zscore lpos llen'.split(' '),
    ],
    consumer: [
      ...commandsOf(
        ['claim', 'ready', 'finish', 'renew', 'alone', 'recover', 'sweep', 'served', 'report'],
        [
          ...['moveToFinished', 'moveToDelayed', 'retryJob', 'updateProgress', 'addLog', 'saveStacktrace'],
          ...['updateJobScheduler', 'addDelayedJob', 'addStandardJob', 'addPrioritizedJob'],
        ],
      ),
      'blpop',
    ],
    controller: [
      ...commandsOf(['read-reports', 'replicas', 'publish-capacity', 'press', 'quotas', 'loads'], []),
      'get',
      'zscan',
    ],
    board: [
      ...commandsOf(['counts'], [...READS, ...READS_TOO]),
      ...'lrange zrange hgetall hget zcard llen'.split(' '),
      ...TRANSACTION,
    ],
    'board-actions': [
      ...commandsOf([], [...READS, ...READS_TOO, 'reprocessJob', 'retryJob', 'promote', 'moveJobsToWait']),
      ...commandsOf(['counts'], []),
      ...TRANSACTION,
    ],
  };

  test.each(SERVICES)('of %s', async (user) => {
    const allowed = (rules.get(user) ?? [])
      .filter((rule) => rule.startsWith('+'))
      .map((rule) => rule.slice(1));
    const flags = new Map<string, readonly string[]>();
    for (const name of new Set([...used[user], ...allowed])) {
      const [info] = (await root.call('COMMAND', 'INFO', name)) as [[string, number, string[]] | null];
      if (!info) throw new Error(`Redis knows no command ${name}`);
      flags.set(name, info[2]);
    }
    const writes = (name: string) => flags.get(name)?.includes('write') && !OF_THE_CONNECTION.includes(name);
    const needed = new Set(
      [...used[user], ...OF_THE_CONNECTION].filter((name) => user !== 'board' || !writes(name)),
    );
    expect(new Set(allowed)).toEqual(needed);
    if (user === 'board') expect(allowed.filter(writes)).toEqual([]);
  });
});
