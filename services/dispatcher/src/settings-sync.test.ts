import { FairleadError } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import { fakeLedger, fakeRecord, fakeScheduler } from '../test/fakes.ts';
import { createSettingsSync } from './settings-sync.ts';

test('what the ledger has reaches the scheduler', async () => {
  const ledger = fakeLedger();
  const scheduler = fakeScheduler();
  const records = await ledger.ensure(['acme', 'beta']);
  await createSettingsSync({ scheduler, ledger }).push(records);
  expect(scheduler.weights()).toEqual({ acme: 1, beta: 1 });
});

test('a change that was made while an older version was on its way wins', async () => {
  const ledger = fakeLedger();
  const scheduler = fakeScheduler();
  const sync = createSettingsSync({ scheduler, ledger });
  const old = await ledger.ensure(['acme']);
  // Another dispatcher stores version 2 and writes it; our older one arrives after it.
  ledger.set('acme', { weight: 9 });
  await scheduler.configure([{ workspace: 'acme', config: { ...scheduler.config('acme'), weight: 9 } }]);
  await sync.push(old);
  expect(scheduler.weights()).toEqual({ acme: 9 });
});

test('of many writers at once the newest version stays, whatever the order', async () => {
  for (let run = 0; run < 50; run++) {
    const ledger = fakeLedger();
    const scheduler = fakeScheduler({ shuffled: run + 1 });
    const writers = Array.from({ length: 5 }, () => createSettingsSync({ scheduler, ledger }));
    await ledger.ensure(['acme']);
    await Promise.all(
      writers.map(async (sync, i) => {
        ledger.set('acme', { weight: 10 + i });
        await sync.push(await ledger.ensure(['acme']));
      }),
    );
    expect([run, scheduler.weights()]).toEqual([run, { acme: 14 }]);
  }
});

test('what could not be written is tried again, with what is stored by then', async () => {
  const ledger = fakeLedger();
  const scheduler = fakeScheduler();
  const sync = createSettingsSync({ scheduler, ledger });
  const records = await ledger.ensure(['acme']);
  scheduler.fail(new FairleadError('REDIS_UNAVAILABLE', 'down'));
  await expect(sync.push(records)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
  expect(sync.waiting()).toBe(1);
  await expect(sync.retry()).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });

  ledger.set('acme', { weight: 3 });
  scheduler.fail(undefined);
  await sync.retry();
  expect([scheduler.weights(), sync.waiting()]).toEqual([{ acme: 3 }, 0]);
  const before = ledger.calls();
  await sync.retry();
  expect(ledger.calls()).toBe(before);
});

test('settings that could not be verified are not taken for written', async () => {
  const ledger = fakeLedger();
  const sync = createSettingsSync({ scheduler: fakeScheduler(), ledger });
  ledger.fail(new FairleadError('LEDGER_UNAVAILABLE', 'down'));
  await expect(sync.push([fakeRecord('acme')])).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
  expect(sync.waiting()).toBe(1);
});
