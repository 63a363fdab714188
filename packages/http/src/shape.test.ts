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
      { path: 'backoff.delayMs', message: 'must be at most 10' },
      { path: 'tags[1]', message: 'must be a string' },
      { path: '', message: 'Unrecognized key: "extra"' },
    ],
  });
});

test.each<[z.ZodType, unknown, string]>([
  [z.int().min(10).max(95), 5, 'must be at least 10'],
  [z.int().min(10).max(95), 96, 'must be at most 95'],
  [z.number().gt(0), 0, 'must be more than 0'],
  [z.int(), 80.5, 'must be a whole number'],
  [z.number(), 'abc', 'must be a number'],
  [z.boolean(), 1, 'must be true or false'],
  [z.enum(['queue', 'inline']), 'foo', 'must be "queue" or "inline"'],
  [z.string().min(1), '', 'must have at least 1 character'],
  [z.array(z.string()).max(2), ['a', 'b', 'c'], 'must have at most 2 items'],
  [z.uuid(), 'zzz', 'must be a UUID'],
  [z.int('is no count of what there is'), 'abc', 'is no count of what there is'],
])('what is wrong is said in words that follow the name of the field (%#)', (one, value, message) => {
  expect(checkShape(z.object({ it: one }), { it: value })).toEqual({
    outcome: 'invalid',
    issues: [{ path: 'it', message }],
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
      message: 'type: is required (string); tags: must be a list',
    }),
  );
});
