import { FairleadError } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import { asFault, asOutage } from './faults.ts';

/** As Prisma's client throws it for a raw statement. */
function fromClient(cause: Record<string, unknown>): Error {
  return Object.assign(new Error('Raw query failed.'), {
    code: 'P2010',
    meta: { driverAdapterError: { cause } },
  });
}

const OUTAGES: [string, unknown, RegExp][] = [
  ['a socket error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }), /write EPIPE/],
  ['a frozen statement', new Error('Query read timeout'), /Query read timeout/],
  ['a lost connection', new Error('Connection terminated unexpectedly'), /Connection terminated/],
  ['a full pool', new Error('timeout exceeded when trying to connect'), /trying to connect/],
  ['a closed socket', fromClient({ kind: 'ConnectionClosed' }), /the connection was closed/],
  ['a bad certificate', fromClient({ kind: 'TlsConnectionError', reason: 'expired' }), /TLS .*: expired/],
  [
    'a restart',
    fromClient({ kind: 'postgres', originalCode: '57P03', originalMessage: 'starting up' }),
    /starting up/,
  ],
  [
    'no connection left',
    fromClient({ kind: 'TooManyConnections', originalCode: '53300' }),
    /TooManyConnections/,
  ],
];

test.each(OUTAGES)('%s is an outage, with a fix', (_name, error, message) => {
  const fault = asFault(error);
  expect(fault).toBeInstanceOf(FairleadError);
  expect(fault).toMatchObject({
    code: 'LEDGER_UNAVAILABLE',
    message: expect.stringMatching(message),
    fix: expect.any(String),
    cause: error,
  });
});

test('after a failover the standby sends the operator to the primary', () => {
  const error = fromClient({
    kind: 'postgres',
    originalCode: '25006',
    originalMessage: 'read-only transaction',
  });
  expect(asFault(error)).toMatchObject({ fix: expect.stringContaining('must name the primary') });
});

test('a mistake of ours stays what it is', () => {
  const mistakes = [
    new TypeError('x is not a function'),
    fromClient({ kind: 'postgres', originalCode: '42601', originalMessage: 'syntax error' }),
    fromClient({ kind: 'UniqueConstraintViolation', originalCode: '23505' }),
    undefined,
  ];
  for (const mistake of mistakes) expect(asFault(mistake)).toBe(mistake);
});

test('a fault is not wrapped again', () => {
  const fault = new FairleadError('INVALID_REQUEST', 'no');
  expect(asFault(fault)).toBe(fault);
});

test('for a ping every failure is an outage', () => {
  expect(asOutage(new Error('out of memory'))).toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
});
