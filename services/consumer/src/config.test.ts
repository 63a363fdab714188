import { describe, expect, test } from '@jest/globals';
import { readConfig } from './config.ts';

const REDIS_URL = 'redis://127.0.0.1:7001';

describe('the consumer’s configuration', () => {
  test('needs no more than Redis without the ledger', () => {
    expect(readConfig({ REDIS_URL, FAIRLEAD_LEDGER: 'off', PORT: '', HOME: '/root' })).toEqual({
      outcome: 'valid',
      config: {
        REDIS_URL,
        FAIRLEAD_LEDGER: 'off',
        FAIRLEAD_REDIS_CLUSTER: 'off',
        FAIRLEAD_EVENT_STREAM_LENGTH: 1_000,
        HOST: '127.0.0.1',
        OTEL_TRACES_SAMPLER: 'parentbased_always_on',
        OTEL_TRACES_SAMPLER_ARG: 1,
        PORT: 0,
        LOG_LEVEL: 'info',
        FAIRLEAD_CONCURRENCY: 64,
        FAIRLEAD_LOCK_MS: 10_000,
        FAIRLEAD_STALL_INTERVAL_MS: 5_000,
        FAIRLEAD_DRAIN_TIMEOUT_MS: 25_000,
        FAIRLEAD_TIMEOUT_MS: 300_000,
        FAIRLEAD_UNKNOWN_TYPE_DELAY_MS: 30_000,
        FAIRLEAD_UNKNOWN_TYPE_MAX_MS: 600_000,
        FAIRLEAD_KEEP_COMPLETED_COUNT: 1_000,
        FAIRLEAD_KEEP_COMPLETED_SECONDS: 3_600,
        FAIRLEAD_KEEP_DEAD_COUNT: 10_000,
        FAIRLEAD_KEEP_DEAD_SECONDS: 2_592_000,
      },
    });
  });

  test('needs Postgres with the ledger on', () => {
    expect(readConfig({ REDIS_URL })).toEqual({
      outcome: 'invalid',
      problems: ['DATABASE_URL is not set (where PostgreSQL is; its migrations have been applied)'],
    });
    const DATABASE_URL = 'postgresql://fairlead@127.0.0.1/fairlead';
    expect(readConfig({ REDIS_URL, DATABASE_URL })).toMatchObject({
      outcome: 'valid',
    });
  });

  test('takes numbers from text', () => {
    const result = readConfig({
      REDIS_URL,
      FAIRLEAD_LEDGER: 'off',
      PORT: ' 8080 ',
      FAIRLEAD_CONCURRENCY: '8',
    });
    expect(result).toMatchObject({ config: { PORT: 8080, FAIRLEAD_CONCURRENCY: 8 } });
  });

  test('that is wrong is told in full, each with its name and its purpose', () => {
    const wrong = {
      PORT: '99999',
      LOG_LEVEL: 'loud',
      FAIRLEAD_CONCURRENCY: 'many',
      FAIRLEAD_LOCK_MS: '1.5',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'collector',
    };
    expect(readConfig(wrong)).toEqual({
      outcome: 'invalid',
      problems: [
        'REDIS_URL is not set (where Redis is)',
        'PORT must be at most 65535 (port to listen on; 0 takes any that is free)',
        'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent (least level that is logged)',
        'OTEL_EXPORTER_OTLP_ENDPOINT must be a URL such as http://127.0.0.1:4318 (OTLP collector that spans go to; default: none)',
        'FAIRLEAD_CONCURRENCY must be a number (handlers that run at once)',
        'FAIRLEAD_LOCK_MS must be a whole number (how long a job stays locked without a renewal)',
      ],
    });
  });

  for (const url of ['http://127.0.0.1:6379', '127.0.0.1:6379', 'redis']) {
    test(`does not take ${url} for Redis`, () => {
      expect(readConfig({ REDIS_URL: url })).toEqual({
        outcome: 'invalid',
        problems: ['REDIS_URL must be a URL such as redis://127.0.0.1:6379 (where Redis is)'],
      });
    });
  }
});
