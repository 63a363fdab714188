import { expect, test } from '@jest/globals';
import { retryConflicts } from './conflicts.ts';

/** As Prisma's client throws it for a raw statement. */
const failed = (originalCode: string) =>
  Object.assign(new Error('Raw query failed.'), {
    meta: { driverAdapterError: { cause: { kind: 'postgres', originalCode, originalMessage: 'no' } } },
  });

function failing(times: number, error: unknown) {
  let runs = 0;
  const run = async () => {
    runs++;
    if (runs <= times) throw error;
    return 'done';
  };
  return { run, runs: () => runs };
}

test.each(['40P01', '40001'])('a statement that PostgreSQL took back (%s) is run again', async (code) => {
  const { run, runs } = failing(2, failed(code));
  expect(await retryConflicts(run)).toBe('done');
  expect(runs()).toBe(3);
});

test('after five tries the error is passed on', async () => {
  const error = failed('40P01');
  const { run, runs } = failing(99, error);
  await expect(retryConflicts(run)).rejects.toBe(error);
  expect(runs()).toBe(5);
});

test('any other error is passed on at once', async () => {
  const { run, runs } = failing(1, failed('42601'));
  await expect(retryConflicts(run)).rejects.toThrow('Raw query failed');
  expect(runs()).toBe(1);
});
