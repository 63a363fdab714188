import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { defineHandlers, type HandlerMap, handlerProblems } from './handlers.ts';

describe('defineHandlers', () => {
  test('types the input of each handler by its schema', () => {
    const handlers = defineHandlers({
      'email.send': {
        input: z.object({ to: z.email(), copies: z.coerce.number().default(1) }),
        run: async (job, ctx) => {
          const to: string = job.input.to;
          const copies: number = job.input.copies;
          // @ts-expect-error there is no such field
          job.input.subject;
          return `${to} ${copies} ${ctx.attempt}`;
        },
      },
      'report.build': {
        input: z.enum(['day', 'month']),
        timeoutMs: 5_000,
        run(job) {
          const period: 'day' | 'month' = job.input;
          // @ts-expect-error a period is not a number
          const wrong: number = job.input;
          return [period, wrong];
        },
      },
    });
    const asMap: HandlerMap = handlers;
    expect(Object.keys(asMap)).toEqual(['email.send', 'report.build']);
  });

  test('refuses what is not a handler, and lists everything that is wrong', () => {
    const wrong = {
      a: null,
      b: { run: () => 1 },
      c: { input: z.string() },
      d: { input: z.string(), run: () => 1, timeoutMs: 0.5 },
      e: { input: z.string(), run: () => 1, timeoutMs: 2 ** 31 },
    };
    expect(() => defineHandlers(wrong as never)).toThrow(
      expect.objectContaining({ code: 'HANDLERS_INVALID', fix: expect.stringContaining('docs/handlers.md') }),
    );
    expect(handlerProblems(wrong)).toEqual([
      'handler "a" is not an object with `input` and `run`',
      'handler "b" has no zod schema as `input`',
      'handler "c" has no function `run`',
      'handler "d" has a `timeoutMs` that is not a whole number of milliseconds from 1 to 2147483647',
      'handler "e" has a `timeoutMs` that is not a whole number of milliseconds from 1 to 2147483647',
    ]);
  });

  test('knows things that are not handlers at all', () => {
    for (const value of [undefined, null, 3, 'text', [], () => 1]) {
      expect(handlerProblems(value)).toEqual(['the handlers are not an object of handlers by job type']);
    }
    expect(handlerProblems({})).toEqual(['there is no handler']);
  });
});
