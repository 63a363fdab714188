import { expect, test } from '@jest/globals';
import { readConfig } from './config.ts';

const SET = { REDIS_URL: 'redis://127.0.0.1:1', DATABASE_URL: 'postgresql://u@127.0.0.1/x' };

test('all but the servers has a default', () => {
  expect(readConfig(SET)).toMatchObject({
    outcome: 'valid',
    config: {
      FAIRLEAD_TICK_MS: 15_000,
      FAIRLEAD_LEASE_MS: 10_000,
      FAIRLEAD_ACTUATOR: 'capacity',
      FAIRLEAD_DECISION_RETENTION_DAYS: 30,
      FAIRLEAD_DRILL: 'off',
    },
  });
});

test('what is wrong is told all at once', () => {
  const read = readConfig({ ...SET, DATABASE_URL: '', FAIRLEAD_TICK_MS: '5', FAIRLEAD_ACTUATOR: 'docker' });
  expect(read).toMatchObject({
    outcome: 'invalid',
    problems: [
      expect.stringContaining('DATABASE_URL is not set'),
      expect.stringContaining('FAIRLEAD_TICK_MS must be at least 1000'),
      expect.stringContaining('FAIRLEAD_ACTUATOR must be capacity, process or keda'),
    ],
  });
});
