import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { privateRedis, type TestRedis } from '../src/index.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await privateRedis({ config: ['--maxmemory', '64mb'] });
});
afterAll(() => redis.stop());

/** Sends inline commands and gives all that came back until the server hung up. */
function ask(...commands: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(redis.port, '127.0.0.1', () =>
      socket.write(`${commands.join('\r\n')}\r\nQUIT\r\n`),
    );
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

test('it is a private, durable server that never evicts', async () => {
  expect(redis.port).not.toBe(6379);
  expect(await ask('CONFIG GET appendonly', 'CONFIG GET appendfsync')).toMatch(/yes[\s\S]*everysec/);
  expect(await ask('CONFIG GET maxmemory*')).toMatch(/noeviction/);
  expect(await ask('CONFIG GET maxmemory')).toMatch(/67108864/);
  expect(await ask('DBSIZE')).toContain(':0');
});

test('it comes back on the same port with its data after a halt and after a kill', async () => {
  await ask('SET k halted');
  const before = redis.pid();
  await redis.halt();
  await expect(ask('PING')).rejects.toThrow('ECONNREFUSED');
  await redis.restart();
  expect(redis.pid()).not.toBe(before);
  expect(await ask('GET k')).toContain('halted');

  await ask('CONFIG SET appendfsync always', 'SET k killed');
  await redis.kill('SIGKILL');
  await redis.restart();
  expect(await ask('GET k')).toContain('killed');
});

test('a frozen server can still be stopped', async () => {
  const frozen = await privateRedis();
  await frozen.kill('SIGSTOP');
  await frozen.stop();
  expect(() => process.kill(frozen.pid(), 0)).toThrow('ESRCH');
});
