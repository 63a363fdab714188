/** What becomes of an effect of which nobody knows whether it happened. */
import { createConsumer, defineHandlers } from '@fairlead/consumer';
import { waitFor } from '@fairlead/testkit';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { useDispatcher } from './use-dispatcher.ts';

const rig = useDispatcher({
  ledger: 'on',
});

const AWKWARD = 'pay:/a%2F../?b=c&d#"';

/** An attempt of another process took it, and never came back. */
const claimed = (workspace: string, effectKey: string, claimMs = 0) =>
  rig.dispatcher.ledger.effects.claim({ workspace, effectKey, jobId: 'gone', attempt: 1, claimMs });
const listed = async (workspace: string, query = '') =>
  (await rig.dispatcher.call('GET', `/v1/workspaces/${workspace}/effects${query}`)).body;
const resolved = (workspace: string, body: unknown) =>
  rig.dispatcher.call('POST', `/v1/workspaces/${workspace}/effects:resolve`, body);

test('a job that waits for a decision is a dead letter that names the command, and goes on after it', async () => {
  const given: unknown[] = [];
  const consumer = createConsumer({
    redis: { url: rig.servers.redis.url },
    ledger: rig.dispatcher.ledger,
    handlers: defineHandlers({
      pay: {
        input: z.object({ effectKey: z.string() }),
        async run(job, ctx) {
          given.push(await ctx.once(job.input.effectKey, () => 'paid by the handler'));
        },
      },
    }),
  });
  await consumer.start();
  try {
    for (const [effectKey, outcome, result] of [
      [AWKWARD, 'done', { receipt: 7 }],
      ['..', 'again', undefined],
    ] as const) {
      await claimed('acme', effectKey);
      const job = { type: 'pay', payload: { effectKey }, maxAttempts: 1 };
      const { id } = (await rig.dispatcher.call('POST', '/v1/workspaces/acme/jobs', job)).body;
      const state = async () => (await rig.dispatcher.call('GET', `/v1/workspaces/acme/jobs/${id}`)).body;
      await waitFor(async () => (await state()).state === 'dead', { what: 'it is dead', deadlineMs: 20_000 });
      expect((await state()).lastError).toContain('fairlead effects list acme');

      expect(await listed('acme')).toEqual({
        effects: [
          {
            effectKey,
            jobId: 'gone',
            attempt: 1,
            outcome: 'unknown',
            executions: 0,
            firstAt: expect.any(String),
            unknownSince: expect.any(String),
          },
        ],
        nextCursor: null,
      });
      const body = { effectKey, outcome, ...(result ? { result } : {}) };
      expect(await resolved('acme', body)).toMatchObject({ status: 200, body: { effectKey, outcome } });
      expect((await listed('acme')).effects).toEqual([]);
      await rig.dispatcher.call('POST', `/v1/workspaces/acme/jobs/${id}/retry`);
      await waitFor(async () => (await state()).state === 'succeeded', {
        what: 'it is done',
        deadlineMs: 20_000,
      });
    }
  } finally {
    await consumer.drain(2_000);
  }
  expect(given).toEqual([{ receipt: 7 }, 'paid by the handler']);
});

test('one that is at work, that is known or that is not there is not resolved', async () => {
  await claimed('busy', 'mail', 60_000);
  const finding = { effectKey: 'mail', outcome: 'again' };
  expect(await resolved('busy', finding)).toMatchObject({
    status: 409,
    body: { code: 'EFFECT_NOT_UNKNOWN', detail: 'An attempt is at it now.' },
  });
  await claimed('known', 'mail');
  expect((await resolved('known', finding)).status).toBe(200);
  expect(await resolved('known', finding)).toMatchObject({
    status: 409,
    body: { code: 'EFFECT_NOT_UNKNOWN', detail: 'It is known: failed.' },
  });
  expect(await resolved('nowhere', finding)).toMatchObject({
    status: 404,
    body: { code: 'EFFECT_NOT_FOUND' },
  });
  expect(await resolved('known', { ...finding, result: 1 })).toMatchObject({
    status: 400,
    body: { code: 'INVALID_REQUEST' },
  });
});

test('a list has pages, of its own workspace only', async () => {
  for (const effectKey of ['a', 'b', 'c']) {
    await claimed('paged', effectKey);
    await claimed('paged', effectKey);
  }
  const first = await listed('paged', '?outcome=unknown&limit=2');
  expect(first).toMatchObject({ effects: [{ effectKey: 'a' }, { effectKey: 'b' }], nextCursor: 'b' });
  const rest = await listed('paged', '?limit=2&cursor=b');
  expect(rest).toMatchObject({ effects: [{ effectKey: 'c' }], nextCursor: null });
  expect(await listed('other')).toEqual({ effects: [], nextCursor: null });
});
