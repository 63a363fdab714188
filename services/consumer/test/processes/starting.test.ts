/** How a replica starts, refuses to start, and gets along without Redis. */

import { fileURLToPath } from 'node:url';
import { startProcess, waitFor } from '@fairlead/testkit';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { finishedIn } from '../finished-in.ts';
import { type Cluster, MAIN, startCluster } from './cluster.ts';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

/** Starts a consumer that should end by itself, and gives its end. */
async function refusal(env: Readonly<Record<string, string | undefined>>) {
  const child = await startProcess(MAIN, { env: { FAIRLEAD_LEDGER: 'off', ...env }, waitFor: 'spawn' });
  const { code } = await child.exited;
  return { code, output: child.output() };
}

describe('a consumer that cannot start says why', () => {
  const REDIS_URL = 'redis://127.0.0.1:1';

  test('exit code 2 and the whole list for its configuration', async () => {
    const { code, output } = await refusal({ REDIS_URL: undefined, PORT: 'x', FAIRLEAD_CONCURRENCY: '0' });
    expect(code).toBe(2);
    expect(output).toContain('REDIS_URL is not set');
    expect(output).toContain('PORT must be a number');
    expect(output).toContain('FAIRLEAD_CONCURRENCY must be at least 1');
    expect(output).not.toContain('    at ');
  });

  test('exit code 2 for an address that cannot be had', async () => {
    const { code, output } = await refusal({ REDIS_URL, HOST: '192.0.2.1' });
    expect(code).toBe(2);
    expect(output).toContain('Cannot listen on 192.0.2.1:0');
  });

  for (const [name, reason] of [
    ['throws.ts', 'failed to load: Error: the mailer has no password'],
    ['absent.ts', 'there is no file'],
  ] as const) {
    test(`exit code 1 for handlers that cannot be used: ${name}`, async () => {
      const { code, output } = await refusal({ REDIS_URL, FAIRLEAD_HANDLERS: fixture(name) });
      expect(code).toBe(1);
      expect(output).toContain(reason);
    });
  }
});

describe('a consumer that runs', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await startCluster();
  });

  afterAll(() => cluster.stop());

  async function outcome(id: string) {
    const job = () => cluster.scheduler.job('acme', id);
    await waitFor(async () => (await job())?.finishedAtMs !== undefined, { what: `${id} is finished` });
    return job();
  }

  test('runs the demo handlers, and puts off and dead-letters a type that nobody knows', async () => {
    const replica = await cluster.replica({
      FAIRLEAD_HANDLERS: '',
      FAIRLEAD_UNKNOWN_TYPE_DELAY_MS: '200',
      FAIRLEAD_UNKNOWN_TYPE_MAX_MS: '700',
    });
    const backoff = { type: 'fixed', delayMs: 20 } as const;
    await cluster.add([
      { workspace: 'acme', id: 'sleep', type: 'demo.sleep', payload: { ms: 20 } },
      { workspace: 'acme', id: 'echo', type: 'demo.echo', payload: { a: [1] } },
      { workspace: 'acme', id: 'fail', type: 'demo.fail', payload: { times: 1 }, backoff },
      { workspace: 'acme', id: 'fatal', type: 'demo.fail', payload: { times: 9, permanent: true }, backoff },
      { workspace: 'acme', id: 'cpu', type: 'demo.cpu', payload: { ms: 30 } },
      { workspace: 'acme', id: 'progress', type: 'demo.progress', payload: { steps: 3, ms: 5 } },
      { workspace: 'acme', id: 'misfit', type: 'demo.sleep', payload: { ms: -1 } },
      { workspace: 'acme', id: 'unknown', type: 'no.such.type' },
    ]);
    expect(await outcome('sleep')).toMatchObject({ state: 'succeeded', result: { sleptMs: 20 } });
    expect(await outcome('echo')).toMatchObject({ state: 'succeeded', result: { a: [1] } });
    expect(await outcome('fail')).toMatchObject({ state: 'succeeded', result: { succeededAtAttempt: 2 } });
    expect(await outcome('fatal')).toMatchObject({ state: 'dead', attempts: 1 });
    expect(await outcome('cpu')).toMatchObject({ state: 'succeeded' });
    expect(await outcome('progress')).toMatchObject({
      progress: { step: 3, steps: 3 },
      result: { steps: 3 },
    });
    expect(await outcome('misfit')).toMatchObject({
      state: 'dead',
      lastError: expect.stringContaining('ms: '),
    });
    // A replica counts an attempt when Redis has answered it, a little later than Redis knows.
    const metrics = await waitFor(
      async () => {
        const text = await (await fetch(`${replica.url}/metrics`)).text();
        return finishedIn(text, 'completed') >= 5 ? text : undefined;
      },
      { what: 'five are counted' },
    );
    expect(finishedIn(metrics, 'completed')).toBe(5);
    expect(metrics).toMatch(/^fairlead_jobs_finished_total\{job_type="demo\.echo",outcome="completed"\} 1$/m);
    expect(metrics).toMatch(/^fairlead_consumer_slots 64$/m);
    expect(await outcome('unknown')).toMatchObject({
      state: 'dead',
      lastError: expect.stringMatching(/^No replica knew the job type "no\.such\.type" for 0\.7 s/),
    });
  });

  test('is alive and not ready without Redis, and works again when Redis is back', async () => {
    const replica = await cluster.replica({ FAIRLEAD_HANDLERS: '' });
    const ready = async () => (await fetch(`${replica.url}/readyz`)).status;
    await waitFor(async () => (await ready()) === 200, { what: 'it is ready' });
    await cluster.redis.kill('SIGKILL');
    await waitFor(async () => (await ready()) === 503, { what: 'it is not ready' });
    const answer = await fetch(`${replica.url}/readyz`);
    expect(await answer.json()).toMatchObject({
      code: 'NOT_READY',
      detail: expect.stringContaining('Redis: '),
    });
    expect((await fetch(`${replica.url}/healthz`)).status).toBe(200);
    const storm = replica.logs().filter((line) => Number(line.level) >= 40);
    expect(storm.length).toBeLessThan(10);
    await cluster.redis.restart();
    await waitFor(async () => (await ready()) === 200, { what: 'it is ready again' });
    await waitFor(() => cluster.scheduler.ping(500).then(() => true), { what: 'Redis answers' });
    await cluster.add([{ workspace: 'acme', id: 'after', type: 'demo.echo', payload: 1 }]);
    expect(await outcome('after')).toMatchObject({ state: 'succeeded' });
    expect(await replica.stop()).toMatchObject({ code: 0 });
  });

  test('starts before Redis does', async () => {
    await cluster.redis.halt();
    const replica = await cluster.replica({ FAIRLEAD_HANDLERS: '' });
    expect((await fetch(`${replica.url}/readyz`)).status).toBe(503);
    await cluster.redis.restart();
    await waitFor(async () => (await fetch(`${replica.url}/readyz`)).status === 200, { what: 'it is ready' });
  });
});
