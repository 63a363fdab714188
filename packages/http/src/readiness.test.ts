import { FairleadError } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import { allReady } from './readiness.ts';

test('is ready when every check passes', async () => {
  await expect(allReady({ Redis: async () => {}, Postgres: async () => {} }, 50)).resolves.toBeUndefined();
});

test('names each check that failed or hangs', async () => {
  const checks = {
    Redis: () => new Promise<void>(() => {}),
    Postgres: async () => {
      throw new FairleadError('LEDGER_UNAVAILABLE', 'no server is reachable');
    },
    other: async () => {},
  };
  await expect(allReady(checks, 20)).rejects.toMatchObject({
    code: 'NOT_READY',
    message: 'Redis: no answer within 20 ms; Postgres: no server is reachable',
  });
});

test('an error that is no fault of ours is not quoted', async () => {
  const checks = { Redis: () => Promise.reject(new Error('password hunter2')) };
  await expect(allReady(checks, 20)).rejects.toMatchObject({ message: 'Redis: the check failed' });
});
