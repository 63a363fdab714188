import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readConfig } from './config.ts';

const REDIS_URL = 'redis://127.0.0.1:7001';
const FAIRLEAD_BOARD_PASSWORD = 'correct horse battery';

describe('the board’s configuration', () => {
  test('needs Redis and a password, and is read-only with payloads hidden', () => {
    expect(readConfig({ REDIS_URL, FAIRLEAD_BOARD_PASSWORD, PORT: '', HOME: '/root' })).toEqual({
      outcome: 'valid',
      config: {
        REDIS_URL,
        FAIRLEAD_REDIS_CLUSTER: 'off',
        FAIRLEAD_EVENT_STREAM_LENGTH: 1_000,
        HOST: '127.0.0.1',
        PORT: 0,
        LOG_LEVEL: 'info',
        FAIRLEAD_BOARD_USER: 'operator',
        FAIRLEAD_BOARD_PASSWORD,
        FAIRLEAD_BOARD_QUEUES: 100,
        FAIRLEAD_BOARD_ACTIONS: false,
        FAIRLEAD_BOARD_SHOW_PAYLOADS: false,
      },
    });
  });

  test('is refused without a password, with what to do', () => {
    expect(readConfig({ REDIS_URL })).toEqual({
      outcome: 'invalid',
      problems: [
        'FAIRLEAD_BOARD_PASSWORD is not set (password of the board; one comes from: openssl rand -hex 16)',
      ],
    });
  });

  test('is refused with a short password, which is not repeated', () => {
    const result = readConfig({ REDIS_URL, FAIRLEAD_BOARD_PASSWORD: 'elevenchars' });
    expect(result).toMatchObject({
      problems: [expect.stringContaining('is shorter than 12 characters')],
    });
    expect(JSON.stringify(result)).not.toContain('elevenchars');
  });

  test('that is wrong is told in full', () => {
    const wrong = {
      REDIS_URL: 'http://x',
      FAIRLEAD_BOARD_PASSWORD,
      FAIRLEAD_BOARD_USER: 'a:b',
      FAIRLEAD_BOARD_QUEUES: '5000',
      FAIRLEAD_BOARD_ACTIONS: 'yes',
    };
    expect(readConfig(wrong)).toEqual({
      outcome: 'invalid',
      problems: [
        'REDIS_URL must be a URL such as redis://127.0.0.1:6379 (where Redis is)',
        'FAIRLEAD_BOARD_USER must not hold ":" or control characters (user that may look at the board)',
        'FAIRLEAD_BOARD_QUEUES must be at most 1000 (workspaces whose queues are shown at once)',
        'FAIRLEAD_BOARD_ACTIONS must be on or off (whether jobs may be retried and promoted from the board)',
      ],
    });
  });

  test('takes the password from a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'board-config-'));
    try {
      const file = join(folder, 'password');
      writeFileSync(file, 'from a secret file\n');
      expect(readConfig({ REDIS_URL, FAIRLEAD_BOARD_PASSWORD_FILE: file })).toMatchObject({
        config: { FAIRLEAD_BOARD_PASSWORD: 'from a secret file' },
      });
      expect(readConfig({ REDIS_URL, FAIRLEAD_BOARD_PASSWORD_FILE: join(folder, 'absent') })).toEqual({
        outcome: 'invalid',
        problems: ['FAIRLEAD_BOARD_PASSWORD_FILE cannot be read (ENOENT)'],
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
