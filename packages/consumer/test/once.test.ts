import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { EffectLedger, EffectTaken } from '../src/effect-ledger.ts';
import type { Context, HandlerMap } from '../src/handlers.ts';
import { testReplica } from './fakes/test-replica.ts';

const running = (run: (ctx: Context) => unknown): HandlerMap => ({
  work: { input: z.unknown(), run: (_job, ctx) => run(ctx) },
});

/** An effect ledger that answers as it is told, and notes what it is asked. */
function fakeEffects(taken?: EffectTaken, claim = 1, executions = 1) {
  const calls: unknown[] = [];
  const ledger: EffectLedger = {
    async claim(effect) {
      calls.push(['claim', effect]);
      return taken ?? { outcome: 'claimed', claim };
    },
    async record(_held, resultJson) {
      calls.push(['record', resultJson]);
      return { outcome: 'recorded' };
    },
    async fail(_held, error) {
      calls.push(['fail', error]);
      return { outcome: 'recorded' };
    },
    async once(_effect, apply) {
      if (taken) return taken;
      const resultJson = await apply({ query: async () => [], execute: async () => 1 });
      calls.push(['commit', resultJson]);
      return { outcome: 'applied', resultJson };
    },
    get: async () => ({ executions }),
  };
  return { ledger, calls };
}

async function runOne(run: (ctx: Context) => unknown, effects?: EffectLedger) {
  const tested = testReplica(running(run), {}, effects);
  tested.claimer.add({});
  await tested.start();
  return { deed: tested.claimer.deeds[0], events: tested.events.map(({ event }) => event), tested };
}

test('the first claims, runs and records, under a claim that outlasts its timeout', async () => {
  const { ledger, calls } = fakeEffects();
  const { deed } = await runOne((ctx) => ctx.once('mail:1', () => ({ sent: 1 })), ledger);
  expect(deed).toMatchObject({ verb: 'complete', result: { sent: 1 } });
  expect(calls).toEqual([
    ['claim', expect.objectContaining({ effectKey: 'mail:1', claimMs: 310_000, whenUnknown: 'hold' })],
    ['record', '{"sent":1}'],
  ]);
});

test('a repeat gets the recorded outcome, runs nothing and is counted', async () => {
  let runs = 0;
  const { ledger } = fakeEffects({ outcome: 'recorded', result: 7 });
  const { deed, events } = await runOne((ctx) => ctx.once('mail:1', () => ++runs), ledger);
  expect(deed).toMatchObject({ verb: 'complete', result: 7 });
  expect(runs).toBe(0);
  expect(events).toContain('effect_suppressed');
});

test('while another attempt is at it, the job is put off until the claim ends', async () => {
  const { ledger } = fakeEffects({ outcome: 'in_progress', untilMs: Date.now() + 60_000 });
  const { deed, tested } = await runOne(async (ctx) => {
    await ctx
      .once('mail:1', () => 1)
      .catch((cause: unknown) => {
        throw new Error('wrapped', { cause });
      });
  }, ledger);
  expect(deed).toMatchObject({ verb: 'postpone' });
  expect(tested.finishes()).toMatchObject([{ outcome: 'postponed', reason: 'effect_in_progress' }]);
});

test('an unknown effect is held as a dead letter that says what to do', async () => {
  const { ledger } = fakeEffects({ outcome: 'unknown', sinceMs: 0 });
  const { deed, tested } = await runOne((ctx) => ctx.once('mail:1', () => 1), ledger);
  expect(deed).toMatchObject({ verb: 'fail', retry: false });
  expect(tested.finishes()).toMatchObject([{ reason: 'effect_unknown' }]);
});

test('what throws did not happen, and the error is the handler’s', async () => {
  const { ledger, calls } = fakeEffects();
  const fail = () => {
    throw new Error('refused');
  };
  const { deed } = await runOne((ctx) => ctx.once('mail:1', fail), ledger);
  expect(deed).toMatchObject({ verb: 'fail', retry: true });
  expect(calls.at(-1)).toEqual(['fail', 'refused']);
});

test('what an abort cut short is not recorded as failed: nobody knows', async () => {
  const { ledger, calls } = fakeEffects();
  const { tested } = await runOne(
    (ctx) =>
      ctx.once(
        'mail:1',
        ({ signal }) =>
          new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      ),
    ledger,
  );
  await tested.clock.advance(300_000);
  expect(calls).toHaveLength(1);
});

test('a repeated execution is counted as a duplicate', async () => {
  const { ledger } = fakeEffects(undefined, 2, 2);
  const { events } = await runOne((ctx) => ctx.once('mail:1', () => 1, { whenUnknown: 'retry' }), ledger);
  expect(events).toContain('effect_duplicate');
});

test('the transactional form gets tx and commits the outcome with it', async () => {
  const { ledger, calls } = fakeEffects();
  const run = (ctx: Context) => ctx.once('row:1', ({ tx }) => tx.execute('UPDATE …'), { transaction: true });
  expect((await runOne(run, ledger)).deed).toMatchObject({ verb: 'complete', result: 1 });
  expect(calls).toEqual([['commit', '1']]);
  // @ts-expect-error: there is no tx outside a transaction
  void ((ctx: Context) => ctx.once('row:1', ({ tx }) => tx));
});

describe('is refused', () => {
  test('without a ledger', async () => {
    await runOne((ctx) =>
      expect(ctx.once('mail:1', () => 1)).rejects.toMatchObject({ code: 'LEDGER_OFF' }),
    ).then(({ deed }) => expect(deed).toMatchObject({ verb: 'complete' }));
  });

  for (const key of ['', 'a b', 'x'.repeat(256), 'a\u0000']) {
    test(`with the key ${JSON.stringify(key.slice(0, 5))} of ${key.length} characters`, async () => {
      const { ledger, calls } = fakeEffects();
      const run = (ctx: Context) =>
        expect(ctx.once(key, () => 1)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
      expect((await runOne(run, ledger)).deed).toMatchObject({ verb: 'complete' });
      expect(calls).toEqual([]);
    });
  }
});
