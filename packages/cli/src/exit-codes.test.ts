import { FAULTS } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import { exitCodeOf } from './exit-codes.ts';

test('what can be tried again, what needs another key and what is not there can be told apart', () => {
  const codes = Object.fromEntries(
    Object.entries(FAULTS).map(([code, { status }]) => [code, exitCodeOf(status)]),
  );
  expect(codes).toMatchObject({
    INVALID_REQUEST: 2,
    UNAUTHENTICATED: 3,
    INSUFFICIENT_SCOPE: 3,
    JOB_NOT_FOUND: 4,
    JOB_NOT_DEAD: 1,
    IDEMPOTENCY_KEY_REUSED: 1,
    INTERNAL: 1,
    BACKLOG_FULL: 5,
    REDIS_PRESSURE: 5,
    LEDGER_UNAVAILABLE: 5,
  });
});
