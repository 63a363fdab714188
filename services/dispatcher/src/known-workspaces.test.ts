import { FairleadError } from '@fairlead/core';
import { waitFor } from '@fairlead/testkit';
import { expect, test } from '@jest/globals';
import { fakeLedger, fakeScheduler } from '../test/fakes.ts';
import { createKnownWorkspaces } from './known-workspaces.ts';
import { createSettingsSync } from './settings-sync.ts';

const DOWN = new FairleadError('LEDGER_UNAVAILABLE', 'down');

function setUp(options: { capacity?: number } = {}) {
  const ledger = fakeLedger();
  const scheduler = fakeScheduler();
  const clock = { ms: 0 };
  const sync = createSettingsSync({ scheduler, ledger });
  const known = createKnownWorkspaces({ ledger, sync, now: () => clock.ms, freshMs: 1_000, ...options });
  return { ledger, scheduler, clock, known };
}

test('a new workspace is created, told to the scheduler, and not asked for again', async () => {
  const { ledger, scheduler, known } = setUp();
  await known.require(['acme']);
  expect(await ledger.get('acme')).toBeDefined();
  expect(scheduler.weights()).toEqual({ acme: 1 });
  const before = ledger.calls();
  const again = await known.require(['acme']);
  expect(again.get('acme')).toMatchObject({ maxBacklog: 100_000, backlog: 0 });
  expect(ledger.calls()).toBe(before);
});

test('names that are asked for at the same time are created together', async () => {
  const { ledger, known } = setUp();
  await Promise.all(Array.from({ length: 100 }, (_, i) => known.require([`ws-${i}`, 'acme'])));
  // Created by one call, and verified by another.
  expect(ledger.calls()).toBe(2);
});

test('one that is known is served while the ledger is away, and a new one is refused', async () => {
  const { ledger, clock, known } = setUp();
  await known.require(['acme']);
  ledger.fail(DOWN);
  clock.ms = 10_000;
  expect((await known.require(['acme'])).has('acme')).toBe(true);
  await expect(known.require(['acme', 'fresh'])).rejects.toBe(DOWN);
});

test('one that has got old is looked at again without keeping anybody waiting', async () => {
  const { ledger, clock, known } = setUp();
  const entry = (await known.require(['acme'])).get('acme');
  ledger.set('acme', { maxBacklog: 5 });
  await known.require(['acme']);
  expect(entry?.maxBacklog).toBe(100_000);
  clock.ms = 1_000;
  await known.require(['acme']);
  await waitFor(() => entry?.maxBacklog === 5, { what: 'the new limit is noticed' });
});

test('a change that went through this dispatcher is known at once, and keeps the backlog', async () => {
  const { ledger, known } = setUp();
  const entry = (await known.require(['acme'])).get('acme');
  if (entry) entry.backlog = 7;
  known.learn(ledger.set('acme', { maxBacklog: 3 }));
  expect((await known.require(['acme'])).get('acme')).toEqual(
    expect.objectContaining({ maxBacklog: 3, backlog: 7 }),
  );
});

test('more than fit are served all the same, and the least used are forgotten', async () => {
  const { ledger, known } = setUp({ capacity: 2 });
  expect([...(await known.require(['a', 'b', 'c'])).keys()].sort()).toEqual(['a', 'b', 'c']);
  const before = ledger.calls();
  await known.require(['b', 'c']);
  expect(ledger.calls()).toBe(before);
  await known.require(['a']);
  expect(ledger.calls()).toBeGreaterThan(before);
});
