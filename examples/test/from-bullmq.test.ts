/** The steps of docs/from-bullmq.md: the same application, and the same behaviour, whatever its queues are made of. */
import { randomBytes } from 'node:crypto';
import { createClient } from '@fairlead/client';
import { applyMigrations } from '@fairlead/ledger';
import { createScheduler } from '@fairlead/scheduler';
import { privatePostgres, privateRedis, startProcess, type TestRedis, waitFor } from '@fairlead/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Queue } from 'bullmq';
import type { AppOptions, Mail, MailApp } from '../from-bullmq/mail-app.ts';
import { createApp as step1 } from '../from-bullmq/step-1/app.ts';
import { createApp as step2 } from '../from-bullmq/step-2/app.ts';
import { createApp as step3 } from '../from-bullmq/step-3/app.ts';
import { createSender } from '../from-bullmq/step-4/app.ts';

const tenants = ['acme', 'globex'];
const mail = (text: string): Mail => ({ to: 'ada@example.com', text });

let redis: TestRedis;
const running: MailApp[] = [];
beforeAll(async () => {
  redis = await privateRedis();
});
afterEach(async () => {
  for (const app of running.splice(0)) await app.stop();
});
afterAll(() => redis.stop());

/** An application, with what it delivered and what it was told of, as `tenant text` and `tenant id`. */
function open(
  create: (options: AppOptions) => MailApp,
  deliver: (tenant: string, sent: Mail) => void = () => undefined,
) {
  const delivered: string[] = [];
  const told: string[] = [];
  const app = create({
    redisUrl: redis.url,
    tenants,
    deliver(tenant, sent) {
      delivered.push(`${tenant} ${sent.text}`);
      deliver(tenant, sent);
    },
    onSent: (tenant, id) => told.push(`${tenant} ${id}`),
  });
  running.push(app);
  return { app, delivered, told };
}

describe.each([
  ['step 1', step1],
  ['step 2', step2],
  ['step 3', step3],
])('%s', (name, create) => {
  const id = (text: string) => `${name.replace(' ', '-')}-${text}`;

  test('delivers what was sent before it started, by priority, and what comes, and says so', async () => {
    const { app, delivered, told } = open(create);
    await app.send('acme', mail('later'), { id: id('later'), priority: 10 });
    await app.send('acme', mail('sooner'), { id: id('sooner'), priority: 1 });
    await app.send('acme', mail('first'), { id: id('first') });
    await app.start();
    await app.send('globex', mail('of another'), { id: id('other') });
    await waitFor(() => told.length === 4, { what: 'all four are told of' });
    expect(delivered.filter((one) => one.startsWith('acme'))).toEqual([
      'acme first',
      'acme sooner',
      'acme later',
    ]);
    expect(told.toSorted()).toEqual([
      ...['first', 'later', 'sooner'].map((text) => `acme ${id(text)}`),
      `globex ${id('other')}`,
    ]);
  });

  test('tries again after a backoff, and holds back what is for later', async () => {
    let failures = 0;
    const { app, delivered, told } = open(create, (_tenant, { text }) => {
      if (text === 'unlucky' && failures++ === 0) throw new Error('the provider is away');
    });
    await app.start();
    const sentMs = Date.now();
    await app.send('acme', mail('for later'), { id: id('delayed'), delayMs: 300 });
    await app.send('acme', mail('unlucky'), { id: id('unlucky') });
    await waitFor(() => told.length === 2, { what: 'both are told of' });
    expect(Date.now() - sentMs).toBeGreaterThanOrEqual(300);
    expect(delivered.toSorted()).toEqual(['acme for later', 'acme unlucky', 'acme unlucky']);
  });
});

test('steps 1 and 2 run side by side while the old queues are drained', async () => {
  const before = open(step1);
  await before.app.send('acme', mail('old'), { id: 'moving-old' });
  const after = open(step2);
  await after.app.send('acme', mail('new'), { id: 'moving-new' });
  await Promise.all([before.app.start(), after.app.start()]);
  await waitFor(() => before.told.length + after.told.length === 2, { what: 'both are told of' });
  expect([before.delivered, after.delivered]).toEqual([['acme old'], ['acme new']]);
});

test('the queues of steps 2 and 3 are stock ones, for Bull Board and whoever else looks', async () => {
  const queue = new Queue('acme', { connection: { url: redis.url }, prefix: '{fl0}', skipMetasUpdate: true });
  const kept = await queue.getJobs(['completed']);
  expect(kept.map((job) => job.name)).toContain('mail.send');
  expect(await queue.getJob('step-2-unlucky')).toMatchObject({ attemptsMade: 2, opts: { attempts: 3 } });
  await queue.close();
  const scheduler = createScheduler({ redis: { url: redis.url } });
  expect(await scheduler.job('acme', 'step-3-unlucky')).toMatchObject({ state: 'succeeded', attempts: 2 });
  await scheduler.close();
});

test('step 4: over HTTP into the ledger, run by the consumer service', async () => {
  const postgres = await privatePostgres();
  await applyMigrations(postgres.url);
  const apiKey = `flk_${randomBytes(6).toString('hex')}_${randomBytes(32).toString('base64url')}`;
  const env = { REDIS_URL: redis.url, DATABASE_URL: postgres.url, HOST: '', PORT: '', LOG_LEVEL: '' };
  const service = (name: string, more: object) =>
    startProcess(new URL(`../../services/${name}/src/main.ts`, import.meta.url), {
      env: { ...env, ...more },
    });
  const handlers = new URL('../from-bullmq/step-4/handlers.ts', import.meta.url).pathname;
  const [dispatcher, consumer] = await Promise.all([
    service('dispatcher', { FAIRLEAD_BOOTSTRAP_KEY: apiKey }),
    service('consumer', { FAIRLEAD_HANDLERS: handlers }),
  ]);
  try {
    const api = createClient({ url: dispatcher.url, apiKey });
    await waitFor(
      () =>
        api.getReadiness().then(
          () => true,
          () => false,
        ),
      { what: 'the dispatcher is ready' },
    );
    const sender = createSender({ url: dispatcher.url, apiKey });
    await sender.prefer('initech');
    const first = await sender.send('initech', mail('hello'), { id: 'greeting' });
    expect(await sender.send('initech', mail('hello'), { id: 'greeting' })).toBe(first);
    // What step 3 left in Redis runs on.
    const scheduler = createScheduler({ redis: { url: redis.url } });
    const queue = scheduler.queueFor('acme');
    await queue.add('mail.send', mail('of step 3'), { jobId: 'left-behind' });
    await waitFor(async () => (await api.getJob({ workspace: 'initech', id: first })).state === 'succeeded', {
      what: 'the mail is delivered',
    });
    await waitFor(async () => (await scheduler.job('acme', 'left-behind'))?.state === 'succeeded', {
      what: 'what was in Redis before is delivered too',
    });
    expect((await api.getWorkspace({ workspace: 'initech' })).settings).toMatchObject({
      weight: 2,
      concurrency: 10,
    });
    await scheduler.close();
  } finally {
    await Promise.all([dispatcher.stop(), consumer.stop()]);
    await postgres.stop();
  }
});
