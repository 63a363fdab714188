import { describe, expect, test } from '@jest/globals';
import { parseOptions } from './options.ts';

describe('consumer options', () => {
  test('have defaults', () => {
    expect(parseOptions({})).toMatchObject({
      concurrency: 64,
      lockMs: 10_000,
      stallIntervalMs: 5_000,
      drainTimeoutMs: 25_000,
      unknownTypeDelayMs: 30_000,
      unknownTypeMaxMs: 600_000,
      defaultTimeoutMs: 300_000,
      watchdogMs: 15_000,
    });
  });

  test('give every replica a name of its own', () => {
    expect(parseOptions({}).replicaId).not.toBe(parseOptions({}).replicaId);
    expect(parseOptions({ replicaId: 'r-1' }).replicaId).toBe('r-1');
  });

  test('that are wrong are all named at once', () => {
    expect(() => parseOptions({ concurrency: 0, lockMs: 1.5 })).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(/concurrency: .*lockMs: /),
      }),
    );
  });
});
