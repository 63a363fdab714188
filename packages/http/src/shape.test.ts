import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { checkShape, requireShape } from './shape.ts';

const schema = z.strictObject({
  type: z.string(),
  backoff: z.strictObject({ delayMs: z.number().max(10) }).optional(),
  tags: z.array(z.string()).optional(),
});

test('a value of the right shape comes back parsed', () => {
  expect(checkShape(schema, { type: 'a' })).toEqual({ outcome: 'valid', value: { type: 'a' } });
});

test('everything that is wrong is listed with its place, in words', () => {
  const result = checkShape(schema, { backoff: { delayMs: 11 }, tags: ['x', 3], extra: 1 });
  expect(result).toEqual({
    outcome: 'invalid',
    issues: [
      { path: 'type', message: 'is required (string)' },
      { path: 'backoff.delayMs', message: expect.stringMatching(/<=10/) },
      { path: 'tags[1]', message: expect.stringMatching(/expected string/) },
      { path: '', message: 'Unrecognized key: "extra"' },
    ],
  });
});

test('values are not repeated, and a hostile key does not make a hostile answer', () => {
  const result = checkShape(schema, { type: 1, tags: ['canary', 2], ['k'.repeat(10_000)]: 'canary' });
  const text = JSON.stringify(result);
  expect(text).not.toContain('canary');
  expect(text.length).toBeLessThan(1_000);
});

test('at most twenty issues are listed', () => {
  const result = checkShape(
    z.array(z.string()),
    Array.from({ length: 500 }, () => 1),
  );
  expect(result).toMatchObject({ outcome: 'invalid', issues: { length: 20 } });
});

test('whoever cannot go on gets a problem with all of it in one sentence', () => {
  expect(() => requireShape(schema, { tags: 1 })).toThrow(
    expect.objectContaining({
      code: 'INVALID_REQUEST',
      message: 'type: is required (string); tags: Invalid input: expected array, received number',
    }),
  );
});
