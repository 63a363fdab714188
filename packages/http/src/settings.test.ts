import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { commonSettings, ledgerSettings, parseSettings, whole } from './settings.ts';

const schema = z.object({ ...commonSettings, LIMIT: whole(1, 5, 3).describe('how many') });
const REDIS_URL = 'redis://127.0.0.1:1';

test('an empty variable counts as not set, and white space around a value as nothing', () => {
  expect(parseSettings(schema, { REDIS_URL: ` ${REDIS_URL} `, LIMIT: '', OTHER: 'x' })).toEqual({
    outcome: 'valid',
    config: { REDIS_URL, FAIRLEAD_SHARDS: 1, HOST: '127.0.0.1', PORT: 0, LOG_LEVEL: 'info', LIMIT: 3 },
  });
});

test('all problems are told at once, by name and purpose, and no value is', () => {
  expect(parseSettings(schema, { LIMIT: '6', PORT: '1.5' })).toEqual({
    outcome: 'invalid',
    problems: [
      'REDIS_URL is not set (where Redis is)',
      'PORT must be a whole number (port to listen on; 0 takes any that is free)',
      'LIMIT must be at most 5 (how many)',
    ],
  });
  const secret = 'mysql://user:hunter2@host/db';
  const result = parseSettings(z.object(ledgerSettings), { DATABASE_URL: secret });
  expect(result).toMatchObject({ outcome: 'invalid' });
  expect(JSON.stringify(result)).not.toContain('hunter2');
});
