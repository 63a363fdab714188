import { expect, test } from '@jest/globals';
import type { JobLedger, LedgerFailure, LedgerFinish, LedgerVerdict } from '../src/job-ledger.ts';
import { createLedgeredClaimer } from '../src/ledgered-claimer.ts';
import { fakeClaimer } from './fakes/fake-claimer.ts';
import { fakeClock, settled } from './fakes/fake-clock.ts';

/** A ledger in memory that counts its calls; jobs it does not know are `unknown`. */
function fakeLedger(known: Record<string, LedgerVerdict>) {
  const calls: string[] = [];
  const finishes: LedgerFinish[] = [];
  const failures: LedgerFailure[] = [];
  let away = false;
  const call = (name: string, size: number) => {
    calls.push(`${name} ${size}`);
    if (away) throw new Error('the ledger is away');
  };
  const setAway = (now: boolean) => {
    away = now;
  };
  const ledger: JobLedger = {
    async verdicts(ids) {
      call('verdicts', ids.length);
      return new Map(ids.map((id) => [id, known[id] ?? 'unknown']));
    },
    async finish(batch) {
      call('finish', batch.length);
      const ours = batch.filter(({ id }) => known[id] === 'run');
      for (const finish of ours) known[finish.id] = 'finished';
      finishes.push(...ours);
      return new Set(ours.map(({ id }) => id));
    },
    async attemptFailed(batch) {
      call('attemptFailed', batch.length);
      failures.push(...batch);
    },
  };
  return { ledger, calls, finishes, failures, setAway };
}

function rig(known: Record<string, LedgerVerdict>) {
  const clock = fakeClock();
  const inner = fakeClaimer(clock);
  const fake = fakeLedger(known);
  let tidied = 0;
  const foreign: number[] = [];
  const warnings: string[] = [];
  const claimer = createLedgeredClaimer({
    claimer: inner,
    ledger: fake.ledger,
    nowMs: () => clock.nowMs(),
    onTidied: (jobs) => {
      tidied += jobs;
    },
    onForeign: (jobs) => void foreign.push(jobs),
    warn: (message) => void warnings.push(message),
  });
  async function claim(wanted = 10) {
    const answer = await claimer.claim(wanted);
    if (answer.outcome !== 'claimed') throw new Error(answer.outcome);
    return claimer.screen(answer.jobs);
  }
  return { inner, claimer, claim, warnings, foreign, tidied: () => tidied, ...fake };
}

test('one read asks for a whole claim; what is finished, cancelled or unknown is taken out of Redis unrun', async () => {
  const { inner, claim, calls, tidied } = rig({ a: 'run', b: 'finished', c: 'cancelled' });
  for (const id of ['a', 'b', 'c', 'd']) inner.add({ id, recorded: true });
  expect((await claim()).map(({ id }) => id)).toEqual(['a']);
  await settled();
  expect(calls).toEqual(['verdicts 4']);
  expect(inner.deeds).toEqual(['b', 'c', 'd'].map((id) => ({ verb: 'discard', id })));
  expect(tidied()).toBe(3);
});

test('a foreign job runs unasked, its outcome is kept in Redis, and it is counted', async () => {
  const { inner, claim, claimer, calls, foreign } = rig({ a: 'run' });
  inner.add({ id: '7' });
  const [job] = await claim();
  if (job) await claimer.complete(job, 'done');
  expect(calls).toEqual([]);
  expect(inner.deeds).toEqual([{ verb: 'complete', id: '7', result: 'done' }]);
  for (const id of ['8', '9']) inner.add({ id });
  inner.add({ id: 'a', recorded: true });
  await claim();
  inner.add({ id: 'a', recorded: true });
  await claim();
  expect(foreign).toEqual([1, 2]);
});

test('outcomes that come together are recorded in one call, before Redis forgets the jobs', async () => {
  const { inner, claim, claimer, calls, finishes } = rig({ a: 'run', b: 'run' });
  inner.add({ id: 'a', recorded: true });
  inner.add({ id: 'b', recorded: true });
  const jobs = await claim();
  const outcomes = await Promise.all(jobs.map((job) => claimer.complete(job, { of: job.id })));
  expect(outcomes).toEqual([{ outcome: 'settled' }, { outcome: 'settled' }]);
  expect(calls).toEqual(['verdicts 2', 'finish 2']);
  expect(finishes).toMatchObject([
    { id: 'a', outcome: 'succeeded', resultJson: '{"of":"a"}', attempts: 1 },
    { id: 'b', outcome: 'succeeded', resultJson: '{"of":"b"}', attempts: 1 },
  ]);
  expect(inner.deeds).toEqual([
    { verb: 'discard', id: 'a' },
    { verb: 'discard', id: 'b' },
  ]);
});

test('the second of two attempts is late: it changes nothing and its job leaves Redis', async () => {
  const known: Record<string, LedgerVerdict> = { a: 'run' };
  const { inner, claim, claimer, finishes } = rig(known);
  inner.add({ id: 'a', recorded: true });
  const [job] = await claim();
  known['a'] = 'finished';
  if (job) expect(await claimer.complete(job, 1)).toEqual({ outcome: 'late' });
  expect(finishes).toEqual([]);
  expect(inner.deeds).toEqual([{ verb: 'discard', id: 'a' }]);
});

test('an outcome that is recorded and could not be told to Redis is not late when it is told again', async () => {
  const { inner, claim, claimer, finishes } = rig({ a: 'run' });
  inner.add({ id: 'a', recorded: true });
  const [job] = await claim();
  if (!job) throw new Error('no job');
  inner.breakDown(['discard']);
  await expect(claimer.complete(job, 1)).rejects.toThrow('connection is closed');
  await inner.mend();
  expect(await claimer.complete(job, 1)).toEqual({ outcome: 'settled' });
  expect(finishes).toHaveLength(1);
});

test('a failure that is retried is noted with its attempts and the time of the next one', async () => {
  const { inner, claim, claimer, failures, finishes } = rig({ a: 'run' });
  inner.add({ id: 'a', recorded: true, attempt: 2, maxAttempts: 3 });
  const [job] = await claim();
  if (job)
    expect(await claimer.fail(job, new Error('no'), { retry: true })).toMatchObject({ outcome: 'retrying' });
  expect(failures).toMatchObject([{ id: 'a', attempts: 2, error: 'no' }]);
  expect(finishes).toEqual([]);
});

test('a failure that asks for a later retry is noted with that time', async () => {
  const { inner, claim, claimer, failures } = rig({ a: 'run' });
  inner.add({ id: 'a', recorded: true });
  const [job] = await claim();
  await claimer.fail(job!, new Error('busy'), { retry: true, leastDelayMs: 500 });
  expect(failures).toMatchObject([{ id: 'a', runAtMs: 500 }]);
});

test('a failure for good is recorded first and then a dead letter in Redis', async () => {
  const { inner, claim, claimer, failures, finishes } = rig({ a: 'run', b: 'run' });
  inner.add({ id: 'a', recorded: true, attempt: 3, maxAttempts: 3 });
  inner.add({ id: 'b', recorded: true });
  const [last, permanent] = await claim();
  if (last) expect(await claimer.fail(last, new Error('no'), { retry: true })).toEqual({ outcome: 'dead' });
  if (permanent)
    expect(await claimer.fail(permanent, new Error('never'), { retry: false })).toEqual({ outcome: 'dead' });
  expect(finishes).toMatchObject([
    { id: 'a', outcome: 'dead', error: 'no', attempts: 3 },
    { id: 'b', outcome: 'dead', error: 'never', attempts: 1 },
  ]);
  expect(failures).toEqual([]);
});

test('while the ledger is away nothing runs: what was claimed goes back, and the claim says so', async () => {
  const { inner, claim, setAway } = rig({ a: 'run' });
  inner.add({ id: 'a', recorded: true });
  setAway(true);
  await expect(claim()).rejects.toThrow('the ledger is away');
  expect(inner.deeds).toEqual([{ verb: 'postpone', id: 'a', delayMs: 1_000 }]);
});

test('a retry is not undone because the ledger did not hear of it', async () => {
  const { inner, claim, claimer, setAway, warnings } = rig({ a: 'run' });
  inner.add({ id: 'a', recorded: true });
  const [job] = await claim();
  setAway(true);
  if (job)
    expect(await claimer.fail(job, new Error('no'), { retry: true })).toMatchObject({ outcome: 'retrying' });
  expect(warnings).toEqual(['a failed attempt could not be noted in the ledger']);
});
