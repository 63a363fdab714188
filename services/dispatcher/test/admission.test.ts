/** Admission control: the rule, and a real Redis that fills up. */
import { createConsumer, defineHandlers } from '@fairlead/consumer';
import { waitFor } from '@fairlead/testkit';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { nextMemory } from '../src/admission.ts';
import { openDispatcher } from './open-dispatcher.ts';
import { startServers } from './servers.ts';

const used = (percent: number) => ({ usedBytes: percent, maxBytes: 100 });

test('above the line new work is refused, and half way to full accepted work is held back', () => {
  expect(nextMemory('open', used(70), 70)).toBe('open');
  expect(nextMemory('open', used(71), 70)).toBe('refusing');
  expect(nextMemory('open', used(86), 70)).toBe('holding');
  expect(nextMemory('holding', used(84), 70)).toBe('refusing');
});

test('it clears only below 90 % of the line', () => {
  expect(nextMemory('refusing', used(69), 70)).toBe('refusing');
  expect(nextMemory('holding', used(63), 70)).toBe('refusing');
  expect(nextMemory('refusing', used(62), 70)).toBe('open');
});

test('a Redis without a limit is never full', () => {
  expect(nextMemory('refusing', { usedBytes: 10 ** 12, maxBytes: 0 }, 70)).toBe('open');
});

test.each([['on'], ['off']] as const)(
  'a full Redis refuses new work, drains what was accepted, and takes new work again (ledger %s)',
  async (ledger) => {
    const servers = await startServers();
    const dispatcher = await openDispatcher({
      redisUrl: servers.redis.url,
      databaseUrl: servers.postgres.url,
      ...(ledger === 'on' ? { ledger } : {}),
    });
    const post = () =>
      dispatcher.call('POST', '/v1/workspaces/acme/jobs', { type: 'eat', payload: 'x'.repeat(50_000) });
    const config = (name: string, value: string) => servers.redis.command('CONFIG', 'SET', name, value);
    const memory = () => dispatcher.scheduler.memory();
    try {
      expect(await config('maxmemory', '16mb')).toContain('OK');
      let accepted = 0;
      await waitFor(
        async () => {
          const { status } = await post();
          if (status === 202) accepted++;
          return status === 503;
        },
        { what: 'new work is refused', deadlineMs: 60_000 },
      );
      const refused = await post();
      expect(refused).toMatchObject({ status: 503, body: { code: 'REDIS_PRESSURE', retryAfterSeconds: 5 } });
      expect(refused.headers.get('retry-after')).toBe('5');
      expect(dispatcher.rejected.get('REDIS_PRESSURE')).toBeGreaterThan(0);
      expect(
        await dispatcher.call('POST', '/v1/jobs:batch', [{ workspace: 'acme', type: 'eat' }]),
      ).toMatchObject({ status: 503, body: { code: 'REDIS_PRESSURE' } });
      const { usedBytes, maxBytes } = await memory();
      expect(usedBytes).toBeLessThan(maxBytes);
      expect(accepted).toBeGreaterThan(100);

      let eaten = 0;
      const consumer = createConsumer({
        redis: { url: servers.redis.url },
        ...(ledger === 'on' ? { ledger: dispatcher.ledger } : {}),
        keepCompleted: { count: 0, ageSeconds: 0 },
        handlers: defineHandlers({ eat: { input: z.unknown(), run: () => void eaten++ } }),
      });
      await consumer.start();
      await waitFor(() => eaten === accepted, {
        what: 'all that was accepted has drained',
        deadlineMs: 60_000,
      });
      await waitFor(async () => (await post()).status === 202, {
        what: 'new work is accepted again',
        deadlineMs: 30_000,
      });
      await consumer.drain(2_000);
    } finally {
      await dispatcher.close();
      await servers.stop();
    }
  },
  240_000,
);
