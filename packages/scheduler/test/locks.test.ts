import { once } from 'node:events';
import { waitFor } from '@fairlead/testkit';
import { expect, test } from '@jest/globals';
import type { ClaimedJob } from '../src/index.ts';
import { claim } from './support/claiming.ts';
import { jobs, queueKey, SHORT, useRig } from './support/rig.ts';

const rig = useRig();
/** Three times as long as `SHORT` has it: what is held here must not run out while a busy machine stands still. */
const LOCK_MS = 3 * SHORT.lockMs;

async function holdOne(lost: ClaimedJob[] = []) {
  await rig.producer.add(jobs('acme', 1));
  const claimer = rig.claimer({ ...SHORT, lockMs: LOCK_MS, onLockLost: (job) => lost.push(job) });
  await claimer.start();
  const [job] = (await claim(claimer, 1)).jobs;
  return { claimer, job: job! };
}

test('a held job keeps its lock for longer than the lock lasts', async () => {
  const { claimer, job } = await holdOne();
  const untilMs = performance.now() + 1.5 * LOCK_MS;
  await waitFor(
    async () => {
      expect(await rig.raw.get(queueKey('acme', 'acme-1:lock'))).toBe(job.token);
      return performance.now() > untilMs;
    },
    // An error counts as "not yet": should the lock be lost, this is never true again.
    { what: 'the lock was held throughout', deadlineMs: 3 * LOCK_MS },
  );
  expect(job.signal.aborted).toBe(false);
  expect(await claimer.complete(job, null)).toEqual({ outcome: 'settled' });
});

test("a lock taken by somebody else aborts the job's signal, and its finish is refused", async () => {
  const lost: ClaimedJob[] = [];
  const { claimer, job } = await holdOne(lost);
  const aborted = once(job.signal, 'abort', { signal: AbortSignal.timeout(20_000) });
  await rig.raw.set(queueKey('acme', 'acme-1:lock'), 'another', 'PX', 60_000);
  await aborted;
  expect(job.signal.reason).toMatchObject({ message: expect.stringContaining('lock') });
  expect(lost).toEqual([job]);
  expect(await claimer.complete(job, null)).toEqual({ outcome: 'lost_lock' });
  expect(await claimer.fail(job, new Error('late'))).toEqual({ outcome: 'lost_lock' });
  expect(await claimer.postpone(job, 1_000)).toEqual({ outcome: 'lost_lock' });
  // Nothing was changed: the other goes on.
  expect(await rig.raw.lrange(queueKey('acme', 'active'), 0, -1)).toEqual(['acme-1']);
});

test('a lock that ran out is lost, not taken again by a late renewal', async () => {
  const { claimer, job } = await holdOne();
  await rig.raw.del(queueKey('acme', 'acme-1:lock'));
  await waitFor(() => job.signal.aborted, { what: 'the signal aborts' });
  expect(await rig.raw.exists(queueKey('acme', 'acme-1:lock'))).toBe(0);
  expect(await claimer.complete(job, null)).toEqual({ outcome: 'lost_lock' });
});

test('a signal that is first asked for after the lock was lost is aborted', async () => {
  const lost: ClaimedJob[] = [];
  const { job } = await holdOne(lost);
  await rig.raw.del(queueKey('acme', 'acme-1:lock'));
  await waitFor(() => lost.length === 1, { what: 'the loss is noticed' });
  expect(job.signal.aborted).toBe(true);
});

test('a job that Redis does not have any more is gone', async () => {
  const { claimer, job } = await holdOne();
  await rig.raw.del(queueKey('acme', 'acme-1'));
  expect(await claimer.complete(job, null)).toEqual({ outcome: 'gone' });
});

test('settling a job twice changes nothing the second time', async () => {
  const { claimer, job } = await holdOne();
  expect(await claimer.complete(job, 'first')).toEqual({ outcome: 'settled' });
  expect(await claimer.complete(job, 'second')).toEqual({ outcome: 'lost_lock' });
  expect((await rig.scheduler.job('acme', 'acme-1'))?.result).toBe('first');
  expect(job.signal.aborted).toBe(false);
});
