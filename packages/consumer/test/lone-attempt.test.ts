import { expect, test } from '@jest/globals';
import { z } from 'zod';
import type { EffectLedger } from '../src/effect-ledger.ts';
import type { Context, HandlerMap } from '../src/handlers.ts';
import { type LoneJob, startLoneAttempt } from '../src/lone-attempt.ts';
import { RetryAfterError } from '../src/retry-after-error.ts';

const JOB: LoneJob = {
  workspace: 'acme',
  id: 'job-1',
  type: 'work',
  payloadJson: '{"n":1}',
  attempt: 2,
  maxAttempts: 3,
  createdAtMs: 7,
};

function attempt(
  run: (job: { input: { n: number } }, ctx: Context) => unknown,
  change: Partial<LoneJob> & { effects?: EffectLedger; defaultTimeoutMs?: number } = {},
) {
  const { effects, defaultTimeoutMs = 60_000, ...job } = change;
  const handlers: HandlerMap = { work: { input: z.object({ n: z.number() }), run: run as never } };
  const told: unknown[] = [];
  const started = startLoneAttempt(
    { ...JOB, ...job },
    {
      handlers,
      effects,
      defaultTimeoutMs,
      warn() {},
      onProgress: (value) => told.push(value),
      onLog: (line) => told.push(line),
    },
  );
  return { ...started, told };
}

test('runs the handler with the parsed payload and a whole context', async () => {
  const { decided, returned, told } = attempt(async (job, ctx) => {
    await ctx.progress({ half: true });
    await ctx.log('a line');
    expect(ctx.signal.aborted).toBe(false);
    return [job.input.n, ctx.attempt, ctx.idempotencyKey];
  });
  expect(await decided).toEqual({ outcome: 'completed', result: [1, 2, 'job-1'] });
  await returned;
  expect(told).toEqual([{ half: true }, 'a line']);
});

test('a failure says whether and when to try again', async () => {
  const fails = attempt(() => {
    throw new RetryAfterError('busy', 5_000);
  });
  expect(await fails.decided).toMatchObject({ outcome: 'failed', retry: true, leastDelayMs: 5_000 });
  const misfit = attempt(() => 1, { payloadJson: '{"n":"one"}' });
  expect(await misfit.decided).toMatchObject({ outcome: 'failed', retry: false, reason: 'invalid_payload' });
  const broken = attempt(() => 1, { payloadJson: '{' });
  expect(await broken.decided).toMatchObject({ outcome: 'failed', retry: false, reason: 'invalid_payload' });
});

test('a type without a handler is put off, also one that every object has', async () => {
  for (const type of ['other', 'constructor']) {
    const { decided } = attempt(() => 1, { type });
    expect(await decided).toMatchObject({ outcome: 'postponed', reason: 'unknown_type' });
  }
});

test('an attempt is over at its timeout, and has returned when its code is over', async () => {
  const end = Promise.withResolvers<void>();
  let isBack = false;
  const { decided, returned } = attempt(() => end.promise, { timeoutMs: 20 });
  void returned.then(() => {
    isBack = true;
  });
  expect(await decided).toMatchObject({ outcome: 'failed', reason: 'timeout' });
  expect(isBack).toBe(false);
  end.resolve();
  await returned;
});

test('an interrupted attempt counts none, whether the handler notices or not', async () => {
  const noticing = attempt(
    (_job, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
  );
  // The handler begins in a later turn.
  setImmediate(noticing.interrupt);
  expect(await noticing.decided).toEqual({ outcome: 'interrupted' });
  const deaf = attempt(() => new Promise(() => {}));
  deaf.interrupt();
  deaf.giveUp();
  expect(await deaf.decided).toEqual({ outcome: 'interrupted' });
});

test('ctx.once has the ledger that it is given', async () => {
  const effects = {
    claim: async () => ({ outcome: 'recorded', result: 'as before' }),
  } as unknown as EffectLedger;
  const { decided } = attempt((_job, ctx) => ctx.once('pay:1', () => 'anew'), { effects });
  expect(await decided).toEqual({ outcome: 'completed', result: 'as before' });
  const without = attempt((_job, ctx) => ctx.once('pay:1', () => 'anew'));
  expect(await without.decided).toMatchObject({ outcome: 'failed', error: { code: 'LEDGER_OFF' } });
});
