import type { RedisFacts } from '@fairlead/scheduler';
import { expect, test } from '@jest/globals';
import { type ClockReading, checkClocks } from './clocks.ts';
import { checkNode } from './node.ts';
import { checkPostgres } from './postgres.ts';
import { checkRedis } from './redis.ts';

const REDIS: RedisFacts = {
  version: '7.2.4',
  evictionPolicy: 'noeviction',
  appendOnly: true,
  usedBytes: 1e6,
  maxBytes: 1e9,
  nowMs: 0,
};
const statuses = (facts: Partial<RedisFacts>, ledger: 'on' | 'off' = 'on') =>
  checkRedis({ ...REDIS, ...facts }, ledger).map(({ status }) => status);

test('of Redis: version, eviction, memory, persistence', () => {
  expect(statuses({})).toEqual(['ok', 'ok', 'ok', 'ok']);
  expect(statuses({ version: '6.2.14' })).toEqual(['failed', 'ok', 'ok', 'ok']);
  expect(statuses({ version: '10.0.0' })).toEqual(['ok', 'ok', 'ok', 'ok']);
  expect(statuses({ evictionPolicy: 'allkeys-lru' })).toEqual(['ok', 'failed', 'ok', 'ok']);
  expect(statuses({ maxBytes: 0 })).toEqual(['ok', 'ok', 'warning', 'ok']);
  expect(statuses({ appendOnly: false })).toEqual(['ok', 'ok', 'ok', 'warning']);
  expect(statuses({ appendOnly: false }, 'off')).toEqual(['ok', 'ok', 'ok', 'failed']);
});

test('of Postgres: that it has the migrations of this version, and no others', () => {
  const facts = { version: '18.1', nowMs: 0, pending: [], unknown: [] };
  expect(checkPostgres(facts).map(({ status }) => status)).toEqual(['ok', 'ok']);
  expect(checkPostgres({ ...facts, pending: ['0003_keys'] })[1]).toMatchObject({
    status: 'failed',
    detail: '1 not applied, from 0003_keys on',
  });
  expect(checkPostgres({ ...facts, unknown: ['0009_new'] })[1]).toMatchObject({ status: 'warning' });
});

test('a Node that the services do not run on fails', () => {
  expect(checkNode('24.21.0').status).toBe('ok');
  expect(checkNode('22.14.0')).toMatchObject({ status: 'failed', fix: expect.stringContaining('Node 24') });
});

test('a clock is wrong by what cannot be explained by the time that asking took', () => {
  const read = (showedMs: number): ClockReading => ({
    whose: 'redis',
    showedMs,
    fromMs: 100_000,
    untilMs: 102_000,
  });
  expect(checkClocks([])).toMatchObject({ status: 'skipped' });
  for (const fine of [94_500, 100_000, 107_500]) expect(checkClocks([read(fine)]).status).toBe('ok');
  expect(checkClocks([read(100_000), read(160_000)])).toMatchObject({
    status: 'warning',
    detail: '57s away from that of redis',
  });
  expect(checkClocks([read(40_000)])).toMatchObject({
    status: 'warning',
    detail: '59s away from that of redis',
  });
});
