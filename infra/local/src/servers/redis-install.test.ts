import { expect, test } from '@jest/globals';
import { ensureRedisServer, type System } from './redis-install.ts';

/** A machine as the test wants it; notes what was done to it. */
function machine(options: {
  version?: string;
  isRoot?: boolean;
  hasAptGet?: boolean;
  failures?: number;
  brings?: string;
}) {
  const done: string[] = [];
  let { version, failures = 0 } = options;
  const system: System = {
    isRoot: options.isRoot ?? true,
    hasAptGet: options.hasAptGet ?? true,
    redisVersion: async () => version,
    run: async (command, args, onLine) => {
      done.push(`${command} ${args[0]}`);
      onLine('Get:1 something');
      if (args[0] === 'install') {
        if (failures-- > 0) return { ok: false, lastLines: ['E: Unable to locate package redis-server'] };
        version = options.brings ?? '7.0.15';
      }
      return { ok: true, lastLines: ['done'] };
    },
    forbidServices: () => {
      done.push('forbid services');
      return () => done.push('allow services');
    },
  };
  return { system, done };
}

test('a redis-server that is new enough is taken as it is', async () => {
  const { system, done } = machine({ version: '7.0.15' });
  expect(await ensureRedisServer(() => {}, system)).toBe('7.0.15');
  expect(done).toEqual([]);
});

test('root on Debian gets it installed, with services forbidden meanwhile and with progress', async () => {
  const { system, done } = machine({});
  const said: string[] = [];
  expect(await ensureRedisServer((line) => said.push(line), system)).toBe('7.0.15');
  expect(done).toEqual(['forbid services', 'apt-get install', 'update-rc.d redis-server', 'allow services']);
  expect(said).toEqual(['installing redis-server with apt-get', 'Get:1 something']);
});

test('missing package lists are fetched and the installation is tried again', async () => {
  const { system, done } = machine({ failures: 1 });
  await ensureRedisServer(() => {}, system);
  expect(done).toEqual([
    'forbid services',
    'apt-get install',
    'apt-get update',
    'apt-get install',
    'update-rc.d redis-server',
    'allow services',
  ]);
});

test('a failed installation says what apt-get said and what to do', async () => {
  const { system, done } = machine({ failures: 2 });
  await expect(ensureRedisServer(() => {}, system)).rejects.toThrow(
    /apt-get did not bring it:\n {2}E: Unable to locate[\s\S]*REDIS_URL/,
  );
  expect(done.at(-1)).toBe('allow services');
});

test('who may not install is told what to install', async () => {
  await expect(ensureRedisServer(() => {}, machine({ isRoot: false }).system)).rejects.toThrow(
    'There is no redis-server on the PATH. Install it with "sudo apt-get install redis-server", or set REDIS_URL',
  );
  await expect(
    ensureRedisServer(() => {}, machine({ isRoot: false, hasAptGet: false, version: '6.2.1' }).system),
  ).rejects.toThrow('redis-server 6.2.1 is too old. Install Redis 7.0 or newer');
});
