import { expect, test } from '@jest/globals';
import { FAULTS, FairleadError } from './faults.ts';

test.each(Object.entries(FAULTS))('%s has an HTTP error status and a title for people', (code, fault) => {
  expect(code).toMatch(/^[A-Z][A-Z_]+[A-Z]$/);
  expect(fault.status).toBeGreaterThanOrEqual(400);
  expect(fault.status).toBeLessThan(600);
  expect(fault.title).toMatch(/^[A-Z].*[a-z]$/i);
});

test('no two faults have the same title', () => {
  const titles = Object.values(FAULTS).map((fault) => fault.title);
  expect(new Set(titles).size).toBe(titles.length);
});

test('a fault carries its code, its fix and its cause', () => {
  const cause = new Error('ECONNREFUSED');
  const error = new FairleadError('REDIS_UNAVAILABLE', 'Redis does not answer', { fix: 'Start it.', cause });
  expect(error).toMatchObject({ name: 'FairleadError', code: 'REDIS_UNAVAILABLE', fix: 'Start it.', cause });
  expect(new FairleadError('INTERNAL', 'x')).not.toHaveProperty('cause');
});
