import { expect, test } from '@jest/globals';
import type { ClaimedJob, Claimer, JobToAdd } from '../src/index.ts';
import { claim, claimUntil } from './support/claiming.ts';
import { jobs, queueKey, useRig } from './support/rig.ts';

const rig = useRig();

async function oneJob(more: Partial<JobToAdd> = {}): Promise<{ claimer: Claimer; job: ClaimedJob }> {
  await rig.producer.add(jobs('acme', 1, more));
  const claimer = rig.claimer();
  const [job] = (await claim(claimer, 1)).jobs;
  return { claimer, job: job! };
}

const view = () => rig.scheduler.job('acme', 'acme-1');

test('a completed job keeps its result', async () => {
  const { claimer, job } = await oneJob();
  expect(await claimer.complete(job, { ok: true })).toEqual({ outcome: 'settled' });
  expect(await view()).toMatchObject({ state: 'succeeded', result: { ok: true }, attempts: 1 });
});

test('completions of one moment go to Redis together', async () => {
  await rig.producer.add(jobs('acme', 50));
  const claimer = rig.claimer();
  const { jobs: claimed } = await claim(claimer, 50);
  const before = await calls();
  const outcomes = await Promise.all(claimed.map((job) => claimer.complete(job, null)));
  expect(outcomes).toEqual(claimed.map(() => ({ outcome: 'settled' })));
  expect((await calls()) - before).toBeLessThanOrEqual(2);

  async function calls(): Promise<number> {
    const stats = await rig.raw.info('commandstats');
    return Number(/^cmdstat_evalsha:calls=(\d+)/m.exec(stats)?.[1] ?? 0);
  }
});

test('jobs of one moment are each finished as they are', async () => {
  await rig.producer.add([...jobs('acme', 4), ...jobs('globex', 2)]);
  const claimer = rig.claimer({ keepCompleted: { count: 5, ageSeconds: 60 } });
  const claimed = new Map((await claim(claimer, 6)).jobs.map((job) => [job.id, job]));
  const of = (id: string) => claimed.get(id) as ClaimedJob;
  await claimer.log(of('acme-2'), 'a line');
  await rig.raw.del(queueKey('acme', 'acme-4:lock'));
  const outcomes = await Promise.all([
    claimer.discard(of('acme-1')),
    claimer.discard(of('globex-1')),
    claimer.discard(of('acme-2')),
    claimer.discard(of('acme-1')),
    claimer.complete(of('acme-3'), { ok: true }),
    claimer.discard(of('acme-4')),
    claimer.discard(of('globex-2')),
  ]);
  expect(outcomes.map(({ outcome }) => outcome)).toEqual([
    'settled',
    'settled',
    'settled',
    'gone',
    'settled',
    'lost_lock',
    'settled',
  ]);
  const gone = ['acme-1', 'acme-1:lock', 'acme-2', 'acme-2:lock', 'acme-2:logs', 'acme-3:lock'];
  expect(await rig.raw.exists(...gone.map((key) => queueKey('acme', key)))).toBe(0);
  expect(await rig.raw.lrange(queueKey('acme', 'active'), 0, -1)).toEqual(['acme-4']);
  expect(await rig.scheduler.job('acme', 'acme-3')).toMatchObject({
    state: 'succeeded',
    result: { ok: true },
  });
  const [acme, globex] = await rig.scheduler.counts(['acme', 'globex']);
  expect(acme).toMatchObject({ active: 1, completed: 1 });
  expect(globex).toMatchObject({ active: 0, waiting: 0, completed: 0 });
});

test('a failure retries after the backoff, and counts the attempt', async () => {
  const { claimer, job } = await oneJob({
    maxAttempts: 2,
    backoff: { type: 'exponential', delayMs: 150 },
  });
  expect(await claimer.fail(job, new Error('first'))).toEqual({ outcome: 'retrying', delayMs: 150 });
  expect(await view()).toMatchObject({ state: 'delayed', attempts: 1, lastError: 'first' });
  const [again] = await claimUntil(claimer, 1, { what: 'the retry runs' });
  expect(again).toMatchObject({ attempt: 2 });
  expect(await claimer.fail(again!, new Error('second'))).toEqual({ outcome: 'dead' });
  expect(await view()).toMatchObject({ state: 'dead', attempts: 2, lastError: 'second' });
});

test('a failure may ask for a later retry than the backoff, but for no earlier one', async () => {
  const { claimer, job } = await oneJob({ maxAttempts: 3, backoff: { type: 'exponential', delayMs: 40 } });
  const later = await claimer.fail(job, new Error('busy'), { retry: true, leastDelayMs: 70 });
  expect(later).toEqual({ outcome: 'retrying', delayMs: 70 });
  const [again] = await claimUntil(claimer, 1, { what: 'the retry runs' });
  const sooner = await claimer.fail(again!, new Error('busy'), { retry: true, leastDelayMs: 70 });
  expect(sooner).toEqual({ outcome: 'retrying', delayMs: 80 });
  const [last] = await claimUntil(claimer, 1, { what: 'the second retry runs' });
  const dead = await claimer.fail(last!, new Error('busy'), { retry: true, leastDelayMs: 70 });
  expect(dead).toEqual({ outcome: 'dead' });
});

test('a job without a backoff waits as long as its failure asks for', async () => {
  const { claimer, job } = await oneJob({ maxAttempts: 2 });
  const waiting = await claimer.fail(job, new Error('busy'), { retry: true, leastDelayMs: 5_000 });
  expect(waiting).toEqual({ outcome: 'retrying', delayMs: 5_000 });
});

test('a failure that must not be retried is dead at once, with the handler’s stack', async () => {
  const { claimer, job } = await oneJob({ maxAttempts: 5 });
  const error = new Error('never again');
  expect(await claimer.fail(job, error, { retry: false })).toEqual({ outcome: 'dead' });
  expect(await view()).toMatchObject({ state: 'dead', attempts: 1, lastError: 'never again' });
  const stacks = JSON.parse(
    (await rig.raw.hget(queueKey('acme', 'acme-1'), 'stacktrace')) ?? '[]',
  ) as string[];
  expect(stacks[0]).toContain('settling.test.ts');
});

test('a postponed job comes back later, with its marks and without an attempt', async () => {
  const { claimer, job } = await oneJob({ maxAttempts: 1 });
  const sinceMs = Date.now();
  expect(await claimer.postpone(job, 150, { flUnknownSince: String(sinceMs) })).toEqual({
    outcome: 'retrying',
    delayMs: 150,
  });
  const [again] = await claimUntil(claimer, 1, { what: 'the postponed job is due' });
  expect(again).toMatchObject({ id: 'acme-1', attempt: 1, unknownSinceMs: sinceMs });
  expect(again?.claimedAtMs).toBeGreaterThanOrEqual(sinceMs + 150);
});

test('progress and log lines are where stock tools look for them', async () => {
  const { claimer, job } = await oneJob();
  await claimer.progress(job, { percent: 40 });
  await claimer.log(job, 'first line');
  await claimer.log(job, 'second line');
  const stock = await rig.stockQueue('acme').getJob('acme-1');
  expect(stock?.progress).toEqual({ percent: 40 });
  expect((await rig.stockQueue('acme').getJobLogs('acme-1')).logs).toEqual(['first line', 'second line']);
});

test('completed jobs and dead letters are kept as the replica says when they do not say', async () => {
  await rig.producer.add(jobs('acme', 12, { maxAttempts: 1 }));
  const claimer = rig.claimer({
    keepCompleted: { count: 2, ageSeconds: 60 },
    keepDead: { count: 3, ageSeconds: 60 },
  });
  const { jobs: claimed } = await claim(claimer, 12);
  for (const [n, job] of claimed.entries()) {
    if (n % 2 === 0) await claimer.complete(job, null);
    else await claimer.fail(job, new Error('no'));
  }
  const [counts] = await rig.scheduler.counts(['acme']);
  expect(counts).toMatchObject({ completed: 2, dead: 3, waiting: 0, active: 0 });
});

test('a job whose backoff was a function of another program is retried as by default', async () => {
  const queue = rig.stockQueue('acme');
  for (const jobId of ['plain', 'later']) {
    await queue.add('mail', {}, { jobId, attempts: 3, backoff: { type: 'of their own' as 'fixed' } });
  }
  // Any job of the workspace makes it ready, so that no sweep has to.
  await rig.producer.add(jobs('acme', 1));
  const claimer = rig.claimer();
  const { jobs: claimed } = await claim(claimer, 2);
  expect(claimed.map(({ id }) => id)).toEqual(['plain', 'later']);
  const [plain, later] = claimed as [ClaimedJob, ClaimedJob];
  expect(await claimer.fail(plain, new Error('away'))).toEqual({ outcome: 'retrying', delayMs: 1_000 });
  expect(await claimer.fail(later, new Error('away'), { retry: true, leastDelayMs: 5_000 })).toEqual({
    outcome: 'retrying',
    delayMs: 5_000,
  });
});
