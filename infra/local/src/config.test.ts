import { expect, test } from '@jest/globals';
import { readConfig as read } from './config.ts';

const readConfig = (env: NodeJS.ProcessEnv) => read(env, { replay: false });

test('services get the environment without what would bind them to fixed ports or foreign servers', () => {
  const env = {
    PATH: '/bin',
    PORT: '3000',
    HOST: '0.0.0.0',
    DATABASE_URL: 'postgresql://prod',
    DATABASE_URL_FILE: '/run/secrets/postgres',
    REDIS_URL_FILE: '/run/secrets/redis',
    FAIRLEAD_BOARD_PASSWORD_FILE: '/run/secrets/board',
    FAIRLEAD_HANDLERS: './h.ts',
  };
  expect(readConfig(env)).toEqual({
    outcome: 'ok',
    config: {
      redisUrl: undefined,
      serviceEnv: { PATH: '/bin', FAIRLEAD_HANDLERS: './h.ts', LOG_LEVEL: 'info' },
    },
  });
});

test('a given Redis is used, and one that is no address is refused', () => {
  expect(readConfig({ REDIS_URL: 'rediss://:s@r:6380' })).toMatchObject({
    config: { redisUrl: 'rediss://:s@r:6380' },
  });
  expect(readConfig({ REDIS_URL: '' })).toMatchObject({ config: { redisUrl: undefined } });
  expect(JSON.stringify(readConfig({ REDIS_URL: 'http://:secret@r' }))).not.toContain('secret');
  expect(readConfig({ REDIS_URL: 'localhost:6379' })).toMatchObject({
    outcome: 'wrong',
    message: expect.stringContaining('It looks like redis://127.0.0.1:6379'),
  });
});

test('services log at info at least, for that is how they say where they listen', () => {
  expect(readConfig({ LOG_LEVEL: 'error' })).toMatchObject({ config: { serviceEnv: { LOG_LEVEL: 'info' } } });
  expect(readConfig({ LOG_LEVEL: 'debug' })).toMatchObject({
    config: { serviceEnv: { LOG_LEVEL: 'debug' } },
  });
});

test('the replay does not start without the demo handlers', () => {
  const env = { FAIRLEAD_HANDLERS: './h.ts' };
  expect(read(env, { replay: true })).toMatchObject({
    outcome: 'wrong',
    message: expect.stringContaining('add --no-demo'),
  });
  expect(read({}, { replay: true })).toMatchObject({ outcome: 'ok' });
});
