/** docs/handlers.md shows the code of examples/, and that code does what the guide says. */
import { readFile } from 'node:fs/promises';
import { createProducer, createScheduler, type JobView, type Scheduler } from '@fairlead/scheduler';
import { privateRedis, type TestRedis, waitFor } from '@fairlead/testkit';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { runProgram } from '../examples/own-program.ts';

const read = (path: string) => readFile(new URL(path, import.meta.url), 'utf8');

/** The parts of a source between its region marks, which may hold marks of others. */
function regions(source: string): string[] {
  const found = source.matchAll(/^ *\/\/ #region (\S+)\n([\s\S]*?)^ *\/\/ #endregion \1$/gm);
  return [...found].map(([, , code]) => code ?? '');
}

test('the guide shows the code that is run here', async () => {
  const guide = await read('../../../docs/handlers.md');
  const shown = [...guide.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
  const sources = await Promise.all(
    ['handlers.ts', 'more-handlers.ts', 'own-program.ts'].map((name) => read(`../examples/${name}`)),
  );
  expect(new Set(shown)).toEqual(new Set(sources.flatMap(regions)));
});

describe('the guide’s own program', () => {
  let redis: TestRedis;
  let scheduler: Scheduler;
  let program: Promise<void>;

  beforeAll(async () => {
    redis = await privateRedis();
    scheduler = createScheduler({ redis });
    program = runProgram(redis.url);
  });

  afterAll(async () => {
    await scheduler.close();
    await redis.stop();
  });

  async function outcome(id: string): Promise<JobView> {
    return waitFor(
      async () => {
        const job = await scheduler.job('acme', id);
        return job?.finishedAtMs === undefined ? undefined : job;
      },
      { what: `${id} is finished` },
    );
  }

  test('sends its mail', async () => {
    expect(await outcome('welcome-1')).toMatchObject({
      state: 'succeeded',
      result: { receipt: 'ada@example.com#1' },
    });
  });

  test('retries, gives up, reports progress and refuses misfits as the guide says', async () => {
    const log = jest.spyOn(console, 'log').mockImplementation(() => undefined);
    const backoff = { type: 'fixed', delayMs: 10 } as const;
    const job = (id: string, type: string, payload: unknown) => ({
      workspace: 'acme',
      id,
      type,
      payload,
      backoff,
    });
    await createProducer(scheduler).add([
      job('charge', 'card.charge', { card: 'valid', cents: 100 }),
      job('expired', 'card.charge', { card: 'expired', cents: 100 }),
      job('report', 'report.build', { pages: 3 }),
      job('misfit', 'email.send', { to: 'nobody', subject: '' }),
      { ...job('crawl', 'crawl.site', { url: 'https://example.com' }), timeoutMs: 50, maxAttempts: 1 },
    ]);
    expect(await outcome('charge')).toMatchObject({
      state: 'succeeded',
      attempts: 2,
      result: { charged: 100 },
    });
    expect(await outcome('expired')).toMatchObject({
      state: 'dead',
      attempts: 1,
      lastError: 'the card has expired',
    });
    expect(await outcome('report')).toMatchObject({ state: 'succeeded', progress: { page: 3, of: 3 } });
    expect(await outcome('misfit')).toMatchObject({
      state: 'dead',
      lastError: 'The payload does not fit the job type "email.send": to: Invalid email address',
    });
    expect(await outcome('crawl')).toMatchObject({ state: 'dead' });
    expect(log).toHaveBeenCalledWith('stopping:', 'timeout');
    log.mockRestore();
  });

  test('drains when it is told to stop', async () => {
    process.emit('SIGTERM');
    await program;
  });
});
