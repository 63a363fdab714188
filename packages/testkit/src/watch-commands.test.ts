import { expect, test } from '@jest/globals';
import { privateRedis } from './private-redis.ts';
import { waitFor } from './wait-for.ts';
import { parseMonitorLine, type SeenCommand, watchCommands } from './watch-commands.ts';

test('a line says what was called, and whether by a client or by a script', () => {
  expect(parseMonitorLine('+1732180000.123456 [0 127.0.0.1:54321] "get" "a \\"b\\" ]"')).toEqual({
    words: ['get', 'a \\"b\\" ]'],
    by: 'client',
  });
  expect(parseMonitorLine('+1732180000.123456 [0 lua] "TIME"')).toEqual({ words: ['TIME'], by: 'script' });
  expect(parseMonitorLine('+OK')).toBeUndefined();
});

test('what a Redis is given is told until it is ended', async () => {
  const redis = await privateRedis();
  try {
    const seen: SeenCommand[] = [];
    const end = await watchCommands(redis.url, (command) => seen.push(command));
    await redis.command('EVAL', "return redis.call('SET', 'x', '1')", '0');
    await waitFor(() => seen.length === 2, { what: 'both are seen' });
    expect(seen.map(({ words, by }) => [words[0], by])).toEqual([
      ['EVAL', 'client'],
      ['SET', 'script'],
    ]);
    end();
    await redis.command('GET', 'x');
    expect(seen).toHaveLength(2);
  } finally {
    await redis.stop();
  }
});
