import { FairleadError } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import { ProblemError } from './problem.ts';
import { createReadiness, type ReadinessChecks } from './readiness.ts';

const unreachable = new FairleadError('LEDGER_UNAVAILABLE', 'no server is reachable at 10.0.0.7:5432', {
  fix: 'Check that it runs.',
});

function readiness(checks: ReadinessChecks, deadlineMs = 20) {
  const logged: object[] = [];
  const logger = { warn: (fields: object) => void logged.push(fields) };
  return { ready: createReadiness(checks, { deadlineMs, logger }), logged };
}

test('is ready when every check passes', async () => {
  const { ready } = readiness({ Redis: async () => {}, Postgres: async () => {} }, 50);
  await expect(ready()).resolves.toBeUndefined();
});

test('names each check that failed or hangs, and keeps where the servers are to the log', async () => {
  const { ready, logged } = readiness({
    Redis: () => new Promise<void>(() => {}),
    Postgres: () => Promise.reject(unreachable),
    settings: () => Promise.reject(new ProblemError('NOT_READY', 'they are not there yet')),
    other: async () => {},
  });
  await expect(ready()).rejects.toMatchObject({
    code: 'NOT_READY',
    message:
      'Redis: no answer within 20 ms; Postgres: Postgres does not answer; settings: they are not there yet',
  });
  expect(logged).toEqual([{ check: 'Postgres', reason: unreachable.message, fix: unreachable.fix }]);
});

test('the log has a reason once until it changes, and again after the check has passed', async () => {
  let fault: FairleadError | undefined = unreachable;
  const { ready, logged } = readiness({
    Postgres: async () => {
      if (fault !== undefined) throw fault;
    },
  });
  for (let times = 0; times < 3; times++) await expect(ready()).rejects.toThrow('Postgres does not answer');
  expect(logged).toHaveLength(1);
  fault = new FairleadError('LEDGER_UNAVAILABLE', 'the password is wrong');
  await expect(ready()).rejects.toThrow();
  expect(logged).toHaveLength(2);
  fault = undefined;
  await ready();
  fault = unreachable;
  await expect(ready()).rejects.toThrow();
  expect(logged).toHaveLength(3);
});

test('an error that is no fault of ours is not quoted, nor logged', async () => {
  const { ready, logged } = readiness({ Redis: () => Promise.reject(new Error('password hunter2')) });
  await expect(ready()).rejects.toMatchObject({ message: 'Redis: the check failed' });
  expect(logged).toEqual([]);
});
