import { expect, test } from '@jest/globals';
import { readConfig } from './config.ts';

const SERVERS = { REDIS_URL: 'redis://127.0.0.1:1', DATABASE_URL: 'postgresql://u@127.0.0.1:2/f' };

test('two addresses are enough, and the rest has defaults', () => {
  expect(readConfig(SERVERS)).toEqual({
    outcome: 'valid',
    config: {
      ...SERVERS,
      FAIRLEAD_LEDGER: 'on',
      FAIRLEAD_RETENTION_DAYS: 30,
      FAIRLEAD_REDIS_FULL_PERCENT: 70,
      FAIRLEAD_REQUIRE_IDEMPOTENCY_KEY: 'off',
      FAIRLEAD_DISPATCH_MODE: 'queue',
      FAIRLEAD_DISPATCH_FALLBACK: 'off',
      FAIRLEAD_DISPATCH_FALLBACK_MAX_MINUTES: 60,
      FAIRLEAD_DISPATCH_INLINE_CONCURRENCY: 16,
      FAIRLEAD_DISPATCH_INLINE_MAX_MS: 60_000,
      FAIRLEAD_REDIS_CLUSTER: 'off',
      FAIRLEAD_EVENT_STREAM_LENGTH: 1_000,
      HOST: '127.0.0.1',
      OTEL_TRACES_SAMPLER: 'parentbased_always_on',
      OTEL_TRACES_SAMPLER_ARG: 1,
      PORT: 0,
      LOG_LEVEL: 'info',
      FAIRLEAD_DRAIN_TIMEOUT_MS: 25_000,
    },
  });
});

test('everything that is wrong is listed by name, without the values', () => {
  const result = readConfig({
    REDIS_URL: 'http://secret',
    PORT: '70000',
    LOG_LEVEL: 'loud',
    DATABASE_URL: '',
  });
  expect(result).toEqual({
    outcome: 'invalid',
    problems: [
      'REDIS_URL must be a URL such as redis://127.0.0.1:6379 (where Redis is)',
      'PORT must be at most 65535 (port to listen on; 0 takes any that is free)',
      'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent (least level that is logged)',
      'DATABASE_URL is not set (where PostgreSQL is; its migrations have been applied)',
    ],
  });
});

test('any address may be listened on: nobody gets in without a key', () => {
  expect(readConfig({ ...SERVERS, HOST: '0.0.0.0' })).toMatchObject({ config: { HOST: '0.0.0.0' } });
});

test('a bootstrap key that is none is refused, and is not told', () => {
  const result = readConfig({ ...SERVERS, FAIRLEAD_BOOTSTRAP_KEY: 'hunter2' });
  expect(result).toEqual({
    outcome: 'invalid',
    problems: [expect.stringMatching(/^FAIRLEAD_BOOTSTRAP_KEY must be like flk_/)],
  });
  expect(JSON.stringify(result)).not.toContain('hunter2');
});

const INLINE = [{ FAIRLEAD_DISPATCH_MODE: 'inline' }, { FAIRLEAD_DISPATCH_FALLBACK: 'on' }];

test.each(INLINE)('%j needs handlers, and the ledger', (wish) => {
  expect(readConfig({ ...SERVERS, ...wish })).toEqual({
    outcome: 'invalid',
    problems: [expect.stringMatching(/has no handlers: set FAIRLEAD_HANDLERS/)],
  });
  const handlers = { FAIRLEAD_HANDLERS: './handlers.ts' };
  expect(readConfig({ ...SERVERS, ...wish, ...handlers, FAIRLEAD_LEDGER: 'off' })).toEqual({
    outcome: 'invalid',
    problems: [expect.stringMatching(/need the ledger: set FAIRLEAD_LEDGER=on/)],
  });
  expect(readConfig({ ...SERVERS, ...wish, ...handlers })).toMatchObject({
    outcome: 'valid',
    config: { ...wish, ...handlers },
  });
});

test('keys cannot be required where nobody remembers them', () => {
  const required = { ...SERVERS, FAIRLEAD_REQUIRE_IDEMPOTENCY_KEY: 'on' };
  expect(readConfig(required)).toMatchObject({ outcome: 'valid' });
  expect(readConfig({ ...required, FAIRLEAD_LEDGER: 'off' })).toEqual({
    outcome: 'invalid',
    problems: [expect.stringContaining('set FAIRLEAD_LEDGER=on')],
  });
});
