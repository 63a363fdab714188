/**
 * An idle replica blocks until there is work. A `waitForWork` of five seconds that ends well before was ended by the
 * wake-up.
 */
import { waitFor } from '@fairlead/testkit';
import { expect, test } from '@jest/globals';
import type { Claimer } from '../src/index.ts';
import { claim, claimIds, claimUntil } from './support/claiming.ts';
import { jobs, useRig } from './support/rig.ts';

const rig = useRig();
const LONG_WAIT_MS = 5_000;
const SOON_MS = 4_500;

/** Blocked connections, as Redis counts them. */
async function blockedClients(): Promise<number> {
  return Number(/^blocked_clients:(\d+)/m.exec(await rig.raw.info('clients'))?.[1]);
}

/** Lets a claimer find nothing and block; resolves once Redis has it blocked. */
async function block(claimer: Claimer): Promise<{ ended: Promise<number> }> {
  const before = await blockedClients();
  expect(await claimIds(claimer, 10)).toEqual([]);
  const beginMs = performance.now();
  const ended = claimer.waitForWork(LONG_WAIT_MS).then(() => performance.now() - beginMs);
  await waitFor(async () => (await blockedClients()) > before, { what: 'the claimer blocks' });
  return { ended };
}

test('an idle replica has an added job well before its wait is over', async () => {
  const claimer = rig.claimer();
  const { ended } = await block(claimer);
  await rig.producer.add(jobs('acme', 1));
  expect(await ended).toBeLessThan(SOON_MS);
  expect(await claimIds(claimer, 10)).toEqual(['acme-1']);
});

test('a delayed job wakes a replica, which then waits for exactly that long', async () => {
  const claimer = rig.claimer();
  const { ended } = await block(claimer);
  await rig.producer.add(jobs('acme', 1, { delayMs: 3_000 }));
  expect(await ended).toBeLessThan(SOON_MS);
  const answer = await claim(claimer, 10);
  expect(answer.jobs).toEqual([]);
  expect(answer.nextAtMs).toBeDefined();
  const [job] = await claimUntil(claimer, 1, { what: 'the job is due' });
  expect(job?.claimedAtMs).toBeGreaterThanOrEqual(answer.nextAtMs as number);
});

test('a replica that cannot take everything passes the wake-up on', async () => {
  const [first, second] = [rig.claimer(), rig.claimer()];
  const blocked = [await block(first), await block(second)];
  await rig.producer.add(jobs('acme', 10));
  // One token wakes one of them; it takes a few jobs, and its claim wakes the other.
  const woken = await Promise.race(blocked.map(async ({ ended }, i) => ended.then(() => i)));
  expect(await claimIds(woken === 0 ? first : second, 4)).toHaveLength(4);
  expect(await blocked[1 - woken]?.ended).toBeLessThan(LONG_WAIT_MS - 500);
  expect(await claimIds(woken === 0 ? second : first, 10)).toHaveLength(6);
});

test('a replica that was woken and is full wakes another one, once, and only for work', async () => {
  const [first, second] = [rig.claimer(), rig.claimer()];
  const blocked = [await block(first), await block(second)];
  await rig.producer.add(jobs('acme', 1));
  const woken = await Promise.race(blocked.map(async ({ ended }, i) => ended.then(() => i)));
  const [full, free] = woken === 0 ? [first, second] : [second, first];
  await full.passOn();
  expect(await blocked[1 - woken]?.ended).toBeLessThan(LONG_WAIT_MS - 500);
  await full.passOn();
  expect(await rig.raw.exists('{fl0}:~wake')).toBe(0);
  expect(await claimIds(full, 10)).toEqual(['acme-1']);
  await free.passOn();
  expect(await rig.raw.exists('{fl0}:~wake')).toBe(0);
});

test('a retry with a backoff wakes a replica when it is due', async () => {
  await rig.producer.add(jobs('acme', 1, { backoff: { type: 'fixed', delayMs: 300 } }));
  const claimer = rig.claimer();
  const [job] = (await claim(claimer, 1)).jobs;
  expect(await claimer.fail(job!, new Error('once'))).toEqual({ outcome: 'retrying', delayMs: 300 });
  const [again] = await claimUntil(claimer, 1, { what: 'the retry is due' });
  expect(again).toMatchObject({ id: 'acme-1', attempt: 2 });
});

test('an interrupt ends the wait of a replica that drains', async () => {
  const claimer = rig.claimer();
  const { ended } = await block(claimer);
  claimer.drain();
  claimer.interrupt();
  expect(await ended).toBeLessThan(SOON_MS);
});

test('wake-ups do not pile up while nobody listens', async () => {
  for (let n = 0; n < 20; n++) await rig.producer.add([{ ...jobs('acme', 1)[0]!, id: `job-${n}` }]);
  expect(await rig.raw.llen('{fl0}:~wake')).toBeLessThanOrEqual(1);
});
