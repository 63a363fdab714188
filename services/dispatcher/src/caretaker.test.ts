import { FairleadError } from '@fairlead/core';
import { waitFor } from '@fairlead/testkit';
import { afterEach, expect, test } from '@jest/globals';
import { fakeLedger, fakeScheduler } from '../test/fakes.ts';
import { type Caretaker, createCaretaker } from './caretaker.ts';
import { pushAllSettings } from './restore.ts';
import { createSettingsSync } from './settings-sync.ts';

let caretaker: Caretaker | undefined;
afterEach(async () => {
  await caretaker?.stop();
});

function setUp() {
  const ledger = fakeLedger();
  const scheduler = fakeScheduler();
  const sync = createSettingsSync({ scheduler, ledger });
  const log: string[] = [];
  let restored = 0;
  const made = createCaretaker({
    scheduler,
    sync,
    pushAll: () => pushAllSettings(ledger, sync),
    logger: { info: (_, message) => void log.push(message), warn: (_, message) => void log.push(message) },
    onRestored: () => restored++,
    everyMs: 1,
  });
  caretaker = made;
  const ready = () =>
    waitFor(() => made.ready().then(() => true), { what: 'the settings are in place', everyMs: 1 });
  return { ledger, scheduler, sync, caretaker: made, ready, log, restored: () => restored };
}

test('on start all settings are pushed, page by page, before the service is ready', async () => {
  const { ledger, scheduler, caretaker, ready, restored } = setUp();
  const names = Array.from({ length: 1_201 }, (_, i) => `ws-${i}`);
  await ledger.ensure(names);
  ledger.set('ws-7', { weight: 4 });
  await expect(caretaker.ready()).rejects.toMatchObject({ code: 'NOT_READY' });
  caretaker.start();
  await ready();
  expect(Object.keys(scheduler.weights())).toHaveLength(1_201);
  expect([scheduler.config('ws-7').weight, restored()]).toEqual([4, 0]);
});

test('a Redis that lost its generation gets the settings before it gets a new one', async () => {
  const { ledger, scheduler, caretaker, ready, restored } = setUp();
  await ledger.ensure(['acme']);
  ledger.set('acme', { concurrency: 2 });
  caretaker.start();
  await ready();
  let atGeneration: unknown;
  const write = scheduler.writeGeneration;
  scheduler.writeGeneration = async () => {
    atGeneration = scheduler.config('acme').concurrency;
    await write();
  };
  scheduler.loseGeneration();
  await waitFor(() => restored() === 1, { what: 'it is restored', everyMs: 1 });
  expect(atGeneration).toBe(2);
  await ready();
});

test('while Redis is away it is said once, and once that it is back', async () => {
  const { scheduler, caretaker, ready, log } = setUp();
  scheduler.fail(new FairleadError('REDIS_UNAVAILABLE', 'down'));
  caretaker.start();
  await waitFor(() => log.length > 0, { what: 'it is said', everyMs: 1 });
  await expect(caretaker.ready()).rejects.toMatchObject({ code: 'NOT_READY' });
  scheduler.fail(undefined);
  await ready();
  expect(log).toEqual(['settings cannot be brought to Redis; trying again', 'settings reach Redis again']);
});

test('a change that could not be brought to Redis is brought there later', async () => {
  const { ledger, scheduler, sync, caretaker, ready } = setUp();
  await ledger.ensure(['acme']);
  caretaker.start();
  await ready();
  scheduler.fail(new FairleadError('REDIS_UNAVAILABLE', 'down'));
  await expect(sync.push([ledger.set('acme', { weight: 6 })])).rejects.toThrow('down');
  scheduler.fail(undefined);
  await waitFor(() => scheduler.config('acme').weight === 6, { what: 'the change is there', everyMs: 1 });
});

test('stopping ends it at once', async () => {
  const { caretaker } = setUp();
  caretaker.start();
  await caretaker.stop();
});
