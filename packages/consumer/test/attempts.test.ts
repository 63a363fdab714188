import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { AttemptAborted } from '../src/attempt-aborted.ts';
import { type Context, defineHandlers, type HandlerMap } from '../src/handlers.ts';
import { PermanentError } from '../src/permanent-error.ts';
import type { FakeJob } from './fakes/fake-claimer.ts';
import { settled } from './fakes/fake-clock.ts';
import { held, testReplica } from './fakes/test-replica.ts';

/** Runs one job to its end and gives what was done to it. */
async function deedsOf(handlers: HandlerMap, job: Partial<FakeJob> = {}) {
  const tested = testReplica(handlers);
  tested.claimer.add(job);
  await tested.start();
  return tested.claimer.deeds;
}

const running = (run: (job: { input: unknown }, ctx: Context) => unknown): HandlerMap => ({
  work: { input: z.unknown(), run },
});

describe('results', () => {
  for (const [name, result, kept] of [
    ['a value', { sent: 3 }, { sent: 3 }],
    ['undefined, as null', undefined, null],
    ['a function, as null', () => 1, null],
    ['false', false, false],
    ['text', 'ok', 'ok'],
  ] as const) {
    test(`keeps ${name}`, async () => {
      expect(await deedsOf(running(() => result))).toEqual([{ verb: 'complete', id: 'job-1', result: kept }]);
    });
  }

  test('replaces a result over 1 MiB by a note with its beginning', async () => {
    const [deed] = await deedsOf(running(() => ({ text: 'x'.repeat(5_000_000) })));
    expect(deed).toMatchObject({
      verb: 'complete',
      result: {
        truncated: true,
        note: 'not kept: it has 5000011 bytes of JSON, and at most 1048576 are kept',
      },
    });
    expect(JSON.stringify(deed).length).toBeLessThan(2_000);
  });

  test('counts bytes and not characters', async () => {
    const [deed] = await deedsOf(running(() => '€'.repeat(400_000)));
    expect(deed).toMatchObject({ result: { truncated: true } });
  });

  test('completes a job whose result has no JSON: to fail it would do its work again', async () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    for (const result of [
      circle,
      10n,
      {
        toJSON: () => {
          throw new Error('no');
        },
      },
    ]) {
      const [deed] = await deedsOf(running(() => result));
      expect(deed).toMatchObject({ verb: 'complete', result: { truncated: true } });
    }
  });
});

describe('failures', () => {
  test('an error fails the attempt, to be tried again', async () => {
    const deeds = await deedsOf(running(async () => Promise.reject(new TypeError('no such user'))));
    expect(deeds).toEqual([
      { verb: 'fail', id: 'job-1', message: 'no such user', name: 'TypeError', retry: true },
    ]);
  });

  test('a handler may throw before it returns a promise', async () => {
    const throwing = running(() => {
      throw new Error('at once');
    });
    expect(await deedsOf(throwing)).toMatchObject([{ verb: 'fail', message: 'at once', retry: true }]);
  });

  for (const [thrown, message] of [
    ['just text', 'just text'],
    [undefined, 'The handler threw undefined, which is not an Error'],
    [null, 'The handler threw null, which is not an Error'],
    [42, 'The handler threw 42, which is not an Error'],
    [{ code: 7 }, 'The handler threw { code: 7 }, which is not an Error'],
    [Object.freeze({ name: 'Odd', message: 'like an error' }), 'like an error'],
    [new Error(''), 'Error'],
  ] as const) {
    test(`says what was thrown: ${message}`, async () => {
      expect(
        await deedsOf(
          running(async () => {
            throw thrown;
          }),
        ),
      ).toMatchObject([{ verb: 'fail', message }]);
    });
  }

  test('survives a thrown object that cannot even be looked at', async () => {
    const hostile = new Proxy(
      {},
      {
        get() {
          throw new Error('hands off');
        },
      },
    );
    const [deed] = await deedsOf(
      running(() => {
        throw hostile;
      }),
    );
    expect(deed).toMatchObject({ verb: 'fail', retry: true });
  });

  test('shortens a giant error with a note', async () => {
    const [deed] = await deedsOf(
      running(() => {
        throw new RangeError('y'.repeat(3_000_000));
      }),
    );
    expect(deed).toMatchObject({ verb: 'fail', name: 'RangeError' });
    expect((deed as { message: string }).message).toMatch(
      /^y{8192}… \[truncated: 3000000 characters in all\]$/,
    );
  });

  test('a PermanentError allows no retry, and BullMQ’s UnrecoverableError neither', async () => {
    const unrecoverable = Object.assign(new Error('gone'), { name: 'UnrecoverableError' });
    for (const error of [new PermanentError('gone'), unrecoverable]) {
      const deeds = await deedsOf(
        running(() => {
          throw error;
        }),
      );
      expect(deeds).toMatchObject([{ verb: 'fail', message: 'gone', retry: false }]);
    }
  });

  test('a job that BullMQ had given up becomes a dead letter without a run', async () => {
    let runs = 0;
    const deeds = await deedsOf(
      running(() => runs++),
      { deferredFailure: 'stalled more than allowable limit' },
    );
    expect(deeds).toMatchObject([
      { verb: 'fail', message: 'stalled more than allowable limit', retry: false },
    ]);
    expect(runs).toBe(0);
  });
});

describe('input', () => {
  const handlers = defineHandlers({
    work: {
      input: z.object({ to: z.email(), items: z.array(z.object({ n: z.coerce.number() })) }),
      run: (job) => job.input,
    },
    later: {
      input: z.string().refine(async (text) => text !== 'taken', 'is taken'),
      run: (job) => job.input,
    },
  });

  test('is parsed: the handler gets what the schema makes of the payload', async () => {
    const payload = { to: 'a@example.com', items: [{ n: '7' }], extra: 1 };
    const deeds = await deedsOf(handlers, { payload });
    expect(deeds).toMatchObject([{ verb: 'complete', result: { to: 'a@example.com', items: [{ n: 7 }] } }]);
  });

  test('that does not fit makes a dead letter at once, with a reason one can read', async () => {
    const deeds = await deedsOf(handlers, { payload: { to: 'nobody', items: [{ n: 1 }, { n: 'x' }] } });
    expect(deeds).toEqual([
      {
        verb: 'fail',
        id: 'job-1',
        name: 'Error',
        retry: false,
        message:
          'The payload does not fit the job type "work": to: Invalid email address; ' +
          'items[1].n: Invalid input: expected number, received NaN',
      },
    ]);
  });

  test('with hundreds of problems names the first ten', async () => {
    const items = Array.from({ length: 500 }, () => ({ n: 'x' }));
    const [deed] = await deedsOf(handlers, { payload: { to: 'a@example.com', items } });
    expect((deed as { message: string }).message).toMatch(/; and 490 more$/);
  });

  test('may be checked asynchronously', async () => {
    expect(await deedsOf(handlers, { type: 'later', payload: 'free' })).toMatchObject([{ verb: 'complete' }]);
    const deeds = await deedsOf(handlers, { type: 'later', payload: 'taken' });
    expect(deeds).toMatchObject([
      { verb: 'fail', retry: false, message: expect.stringContaining('is taken') },
    ]);
  });

  test('that is not even JSON makes a dead letter', async () => {
    const deeds = await deedsOf(handlers, {
      get payload(): unknown {
        return JSON.parse('{');
      },
    });
    expect(deeds).toMatchObject([
      { verb: 'fail', retry: false, message: expect.stringContaining('not valid JSON') },
    ]);
  });

  test('whose schema throws is an error like the handler’s own', async () => {
    const input = z.unknown().transform(() => {
      throw new Error('the schema is broken');
    });
    const deeds = await deedsOf({ work: { input, run: () => 1 } });
    expect(deeds).toMatchObject([{ verb: 'fail', retry: true, message: 'the schema is broken' }]);
  });
});

describe('job and context', () => {
  test('the handler sees its job, its attempt and an idempotency key', async () => {
    const seen: unknown[] = [];
    const handlers: HandlerMap = {
      work: {
        input: z.unknown(),
        run: (job, { attempt, idempotencyKey }) => seen.push(job, attempt, idempotencyKey),
      },
    };
    await deedsOf(handlers, { id: 'j-9', attempt: 2, maxAttempts: 5, createdAtMs: 77, payload: [1] });
    expect(seen).toEqual([
      { id: 'j-9', workspace: 'acme', type: 'work', input: [1], attempt: 2, maxAttempts: 5, createdAtMs: 77 },
      2,
      'j-9',
    ]);
  });

  test('progress and log reach the job, bounded in size', async () => {
    const deeds = await deedsOf(
      running(async (_, { progress, log }) => {
        await progress({ step: 1 });
        await progress('z'.repeat(100_000));
        await log('hello');
        await log('l'.repeat(10_000));
      }),
    );
    expect(deeds).toMatchObject([
      { verb: 'progress', value: { step: 1 } },
      { verb: 'progress', value: { truncated: true } },
      { verb: 'log', line: 'hello' },
      { verb: 'log', line: expect.stringMatching(/truncated: 10000 characters/) },
      { verb: 'complete' },
    ]);
  });

  test('progress that cannot be stored does not fail the job', async () => {
    const tested = testReplica(running((_, ctx) => ctx.progress(1)));
    tested.claimer.breakDown(['progress']);
    tested.claimer.add();
    await tested.start();
    expect(tested.claimer.deeds).toMatchObject([{ verb: 'complete' }]);
    expect(tested.warnings[0]?.message).toBe("a job's progress could not be stored");
  });
});

describe('time', () => {
  test('the job’s timeout goes before the handler’s, and that before the default', async () => {
    const { handler } = held();
    const { claimer, clock, start } = testReplica(
      { work: { ...handler, timeoutMs: 2_000 }, plain: handler },
      { defaultTimeoutMs: 4_000 },
    );
    claimer.add({ timeoutMs: 1_000 });
    claimer.add();
    claimer.add({ type: 'plain' });
    await start();
    const failed = () => claimer.deeds.map((deed) => deed.id);
    for (const [afterMs, expected] of [
      [999, 0],
      [1, 1],
      [999, 1],
      [1, 2],
      [1_999, 2],
      [1, 3],
    ] as const) {
      await clock.advance(afterMs);
      expect(failed()).toHaveLength(expected);
    }
    expect(failed()).toEqual(['job-1', 'job-2', 'job-3']);
  });

  for (const timeoutMs of [0, -1, Number.NaN, '50' as never, null as never]) {
    test(`a job's timeout of ${JSON.stringify(timeoutMs)} from elsewhere is not taken for one`, async () => {
      const { claimer, clock, start } = testReplica({ work: { ...held().handler, timeoutMs: 1_000 } });
      claimer.add({ timeoutMs });
      await start();
      await clock.advance(999);
      expect(claimer.deeds).toEqual([]);
      await clock.advance(1);
      expect(claimer.deeds).toHaveLength(1);
    });
  }

  test('an attempt that runs too long fails, to be tried again, and its signal says why', async () => {
    const { handler, open } = held();
    const { claimer, clock, start, finishes } = testReplica({ work: { ...handler, timeoutMs: 1_000 } });
    claimer.add();
    await start();
    await clock.advance(1_000);
    expect(claimer.deeds).toMatchObject([
      {
        verb: 'fail',
        retry: true,
        name: 'TimeoutError',
        message: 'The handler did not finish within its timeout of 1000 ms',
      },
    ]);
    expect(finishes()).toMatchObject([{ outcome: 'retrying', reason: 'timeout', durationMs: 1_000 }]);
    const reason = open[0]?.signal.reason as AttemptAborted;
    expect(reason).toBeInstanceOf(AttemptAborted);
    expect(reason.cause).toBe('timeout');
  });

  test('a handler that ignores its signal keeps its slot until it returns, and what it returns counts for nothing', async () => {
    const { handler, open } = held();
    const { claimer, clock, start, replica, warnings } = testReplica(
      { work: { ...handler, timeoutMs: 1_000 } },
      { concurrency: 1 },
    );
    claimer.add();
    claimer.add();
    await start();
    await clock.advance(10_000);
    expect(replica.state()).toMatchObject({
      running: 1,
      overdue: 1,
      healthy: false,
      reason: 'all 1 slots are held by handlers that ignore their signal',
    });
    expect(warnings.map((warning) => warning.message)).toContain(
      'a handler ignores its signal and keeps its slot after its timeout',
    );
    expect(claimer.waiting()).toBe(1);
    open[0]?.end('too late');
    await clock.advance(10);
    expect(claimer.deeds).toMatchObject([{ verb: 'fail', id: 'job-1' }]);
    expect(replica.state()).toMatchObject({ running: 1, overdue: 0, healthy: true });
    expect(open[1]?.id).toBe('job-2');
  });

  test('a lost lock aborts the signal, and whatever the handler does then is not recorded', async () => {
    const { handler, open } = held();
    const { claimer, start, finishes } = testReplica({ work: handler });
    const job = claimer.add();
    await start();
    job.lock.abort();
    await settled();
    expect(open[0]?.signal.reason).toMatchObject({ cause: 'lost_lock' });
    open[0]?.end('done');
    await settled();
    expect(claimer.deeds).toEqual([]);
    expect(finishes()).toMatchObject([{ outcome: 'lost_lock' }]);
  });

  test('a cancelled job is not tried again, and its signal says why', async () => {
    const { handler, open } = held();
    const { claimer, start, finishes } = testReplica({ work: handler });
    const jobs = [claimer.add(), claimer.add()];
    await start();
    for (const job of jobs) {
      job.cancelled = true;
      job.lock.abort();
    }
    await settled();
    expect(open[0]?.signal.reason).toMatchObject({ cause: 'cancelled' });
    open[0]?.crash(open[0].signal.reason);
    open[1]?.end('was done already');
    await settled();
    expect(claimer.deeds).toEqual([
      { verb: 'discard', id: 'job-1' },
      { verb: 'complete', id: 'job-2', result: 'was done already' },
    ]);
    expect(finishes()).toMatchObject([{ outcome: 'cancelled' }, { outcome: 'completed' }]);
  });

  test('a signal that is asked for late knows that the lock is lost already', async () => {
    let cause: unknown;
    const tested = testReplica(
      running(async (_, ctx) => {
        await settled();
        cause = ctx.signal.aborted && (ctx.signal.reason as AttemptAborted).cause;
      }),
    );
    const job = tested.claimer.add();
    tested.replica.start();
    job.lock.abort();
    await settled();
    await settled();
    expect(cause).toBe('lost_lock');
  });

  test('after the end of its attempt a handler’s progress goes nowhere', async () => {
    let ctx: Context | undefined;
    const { claimer, clock, start } = testReplica({
      work: {
        input: z.unknown(),
        timeoutMs: 100,
        run: (_, given) => {
          ctx = given;
          return new Promise(() => undefined);
        },
      },
    });
    claimer.add();
    await start();
    await clock.advance(100);
    await ctx?.progress(50);
    expect(claimer.deeds).toMatchObject([{ verb: 'fail' }]);
  });

  test('a handler that waits for its progress to be stored is let go by its timeout', async () => {
    let over = false;
    const { claimer, clock, start } = testReplica({
      work: {
        input: z.unknown(),
        timeoutMs: 100,
        run: async (_, ctx) => {
          await ctx.progress(1);
          over = true;
        },
      },
    });
    claimer.progress = () => new Promise(() => undefined);
    claimer.add();
    await start();
    expect(over).toBe(false);
    await clock.advance(100);
    expect(over).toBe(true);
  });
});

describe('unknown job types', () => {
  const policy = { unknownTypeDelayMs: 30_000, unknownTypeMaxMs: 600_000 };

  for (const type of ['nobody.knows', 'constructor', '__proto__', 'toString', '']) {
    test(`${JSON.stringify(type)} is put off and remembers since when`, async () => {
      const { claimer, clock, start, finishes } = testReplica({ work: held().handler }, policy);
      clock.spend(5_000);
      claimer.add({ type });
      await start();
      expect(claimer.deeds).toEqual([
        { verb: 'postpone', id: 'job-1', delayMs: 30_000, mark: { unknownSince: '5000' } },
      ]);
      expect(finishes()).toMatchObject([{ outcome: 'postponed', reason: 'unknown_type' }]);
    });
  }

  test('is warned of once per type and interval, with the number of those in between', async () => {
    const { claimer, clock, start, warnings } = testReplica({ work: held().handler }, policy);
    const lines = () => warnings.filter(({ message }) => message.startsWith('a job of unknown type'));
    for (const type of ['new', 'other', 'new', 'new']) claimer.add({ type });
    await start();
    expect(lines().map(({ fields }) => fields['type'])).toEqual(['new', 'other']);
    await clock.advance(10_000);
    claimer.add({ type: 'new' });
    await clock.advance(1_000);
    expect(lines()).toHaveLength(3);
    expect(lines().at(-1)?.fields).toMatchObject({ type: 'new', suppressed: 2 });
  });

  test('keeps the first time it was seen, and waits no longer than it may', async () => {
    const { claimer, clock, start } = testReplica({ work: held().handler }, policy);
    clock.spend(590_000);
    claimer.add({ type: 'new', unknownSinceMs: 10_000 });
    await start();
    expect(claimer.deeds).toMatchObject([{ delayMs: 20_000, mark: { unknownSince: '10000' } }]);
  });

  test('becomes a dead letter after ten minutes, with a reason that says what to do', async () => {
    const { claimer, clock, start } = testReplica({ work: held().handler }, policy);
    clock.spend(600_000);
    claimer.add({ type: 'new', unknownSinceMs: 0 });
    await start();
    expect(claimer.deeds).toEqual([
      {
        verb: 'fail',
        id: 'job-1',
        name: 'Error',
        retry: false,
        message:
          'No replica knew the job type "new" for 10 min (since 1970-01-01T00:00:00.000Z). ' +
          'Deploy a consumer whose handlers have it, then retry the job.',
      },
    ]);
  });
});

describe('settling', () => {
  test('is tried again until Redis takes it', async () => {
    const { claimer, clock, start, finishes } = testReplica(running(() => 'done'));
    claimer.breakDown(['complete']);
    claimer.add();
    await start();
    await clock.advance(3_000);
    expect(finishes()).toEqual([]);
    await claimer.mend();
    await clock.advance(3_000);
    expect(finishes()).toMatchObject([{ outcome: 'completed' }]);
  });

  test('that fails for good gives the job up to recovery and frees what it held', async () => {
    const { claimer, clock, start, finishes, replica } = testReplica(running(() => 'done'));
    claimer.breakDown(['complete'], new Error('WRONGTYPE'));
    claimer.add();
    await start();
    await clock.advance(60_000);
    expect(finishes()).toMatchObject([{ outcome: 'abandoned' }]);
    expect(replica.state()).toMatchObject({ settling: 0, running: 0, finished: { abandoned: 1 } });
  });
});
