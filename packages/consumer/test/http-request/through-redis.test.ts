/** `http.request` in a real replica, over the real scheduler, on a Redis of its own. */
import {
  createProducer,
  createScheduler,
  type JobView,
  type Producer,
  type Scheduler,
} from '@fairlead/scheduler';
import { privateRedis, type TestRedis, waitFor } from '@fairlead/testkit';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHttpRequest } from '../../src/http-request/handler.ts';
import { type Consumer, createConsumer, type Logger } from '../../src/index.ts';
import { endpoint, SECRET } from './rig.ts';

let redis: TestRedis;
let scheduler: Scheduler;
let producer: Producer;
let consumer: Consumer;
const logged: string[] = [];
/** Jobs whose attempts are over, for the replica too. */
const finished: string[] = [];

beforeAll(async () => {
  redis = await privateRedis();
  scheduler = createScheduler({ redis });
  producer = createProducer(scheduler);
  await scheduler.ping(30_000);
  await scheduler.writeGeneration();
  const note = (fields: object, message: string) => void logged.push(`${JSON.stringify(fields)} ${message}`);
  const logger: Logger = { info: note, warn: note, error: note };
  const handler = createHttpRequest({ secretsFor: () => [SECRET], allow: ['127.0.0.1'] });
  consumer = createConsumer({
    handlers: { 'http.request': handler },
    redis,
    logger,
    onEvent: (event) => {
      if (event.event === 'finished') finished.push(event.job.id);
    },
  });
  await consumer.start();
});

afterAll(async () => {
  await consumer.drain(1_000);
  await scheduler.close();
  await redis.stop();
});

async function push(id: string, payload: unknown, more: object = {}): Promise<JobView> {
  const backoff = { type: 'fixed', delayMs: 10 } as const;
  const [added] = await producer.add([
    { workspace: 'acme', id, type: 'http.request', payload, backoff, ...more },
  ]);
  expect(added?.outcome).toBe('added');
  return waitFor(
    async () => {
      const job = await scheduler.job('acme', id);
      return job?.finishedAtMs === undefined ? undefined : job;
    },
    { what: `${id} is finished` },
  );
}

describe('http.request in a replica', () => {
  test('tries again after a 503, with the same id and key, and keeps the result', async () => {
    const worker = await endpoint((_, response, nth) => {
      response.writeHead(nth < 3 ? 503 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ nth }));
    });
    const job = await push('flaky', { url: worker.url, body: { n: 1 } });
    expect(job).toMatchObject({ state: 'succeeded', attempts: 3, result: { status: 200, body: { nth: 3 } } });
    expect(worker.requests.map(({ headers }) => [headers['webhook-id'], headers['idempotency-key']])).toEqual(
      Array(3).fill(['flaky', 'flaky']),
    );
    expect(new Set(worker.requests.map(({ body }) => body))).toEqual(new Set(['{"n":1}']));
  });

  test('comes back when the endpoint said, and not by its own shorter backoff', async () => {
    const worker = await endpoint((_, response, nth) => {
      response.writeHead(nth === 1 ? 429 : 200, nth === 1 ? { 'retry-after': '600' } : {});
      response.end();
    });
    const startMs = Date.now();
    const done = push('busy', { url: worker.url });
    const waiting = await waitFor(
      async () => {
        const job = await scheduler.job('acme', 'busy');
        return job?.state === 'delayed' ? job : undefined;
      },
      { what: 'the job waits' },
    );
    expect(waiting.attempts).toBe(1);
    expect(waiting.runAtMs).toBeGreaterThanOrEqual(startMs + 600_000);
    expect(worker.requests).toHaveLength(1);
    await (await scheduler.queueFor('acme').getJob('busy'))?.promote();
    expect(await done).toMatchObject({ state: 'succeeded', attempts: 2 });
  });

  test('dead-letters at once what the endpoint refuses, what the guard refuses, and what is no request', async () => {
    const worker = await endpoint((_, response) => void response.writeHead(422).end('CANARY-ANSWER'));
    expect(
      await push('refused', { url: `${worker.url}/?t=CANARY-QUERY`, body: 'CANARY-BODY' }),
    ).toMatchObject({
      state: 'dead',
      attempts: 1,
      lastError: `http.request: ${worker.url} answered 422`,
    });
    expect(await push('inside', { url: 'http://169.254.169.254/CANARY-PATH' })).toMatchObject({
      state: 'dead',
      attempts: 1,
      lastError: expect.stringContaining('169.254.169.254 is not a public address (link-local)'),
    });
    const bad = await push('bad', {
      url: 'https://u:CANARY@worker.example',
      headers: { host: 'CANARY-HOST' },
    });
    expect(bad).toMatchObject({
      state: 'dead',
      attempts: 1,
      lastError: expect.stringContaining('url: must not hold'),
    });
    // A replica logs an attempt that is over a little later than Redis knows of it.
    await waitFor(() => finished.includes('bad'), { what: 'the last is over' });
    expect(JSON.stringify([logged, bad.lastError])).not.toContain('CANARY');
  });

  test('ends the request when the job has run out of time', async () => {
    const worker = await endpoint(() => {});
    const job = await push('slow', { url: worker.url }, { timeoutMs: 60, maxAttempts: 1 });
    expect(job).toMatchObject({ state: 'dead', lastError: expect.stringContaining('timeout of 60 ms') });
    await waitFor(() => worker.open() === 0, { what: 'the connection is closed' });
  });
});
