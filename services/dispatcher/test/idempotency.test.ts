/** Idempotency keys, in the header of a job and in the items of batches. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type OpenDispatcher, openDispatcher } from './open-dispatcher.ts';
import { type Servers, startServers } from './servers.ts';

let servers: Servers;
const open: Record<'on' | 'off' | 'required', OpenDispatcher> = {} as never;

beforeAll(async () => {
  servers = await startServers();
  const urls = { redisUrl: servers.redis.url, databaseUrl: servers.postgres.url };
  open.on = await openDispatcher({ ...urls, ledger: 'on' });
  open.off = await openDispatcher(urls);
  open.required = await openDispatcher({ ...urls, ledger: 'on', requireKeys: true });
});
afterAll(async () => {
  await Promise.all(Object.values(open).map((dispatcher) => dispatcher.close()));
  await servers.stop();
});

const batch = (items: object[], dispatcher = open.on) => dispatcher.call('POST', '/v1/jobs:batch', items);
const post = (body: object, key?: string, dispatcher = open.on) =>
  dispatcher.call('POST', '/v1/workspaces/acme/jobs', body, key ? { 'idempotency-key': key } : {});
const item = (change: object = {}) => ({ workspace: 'acme', type: 'mail', payload: { to: 'a' }, ...change });

describe('in a batch', () => {
  test('an item that was accepted before is answered with the first job', async () => {
    const first = await batch([item({ idempotencyKey: 'b-1' }), item()]);
    const again = await batch([item({ idempotencyKey: 'b-1' }), item()]);
    expect(again.status).toBe(207);
    expect(again.body).toMatchObject({ accepted: 2, refused: 0 });
    const [id, other] = first.body.results.map((result: { id: string }) => result.id);
    expect(again.body.results[0]).toEqual({
      index: 0,
      status: 200,
      id,
      state: expect.stringMatching(/^(accepted|queued)$/),
      duplicate: true,
    });
    expect(again.body.results[1]).toMatchObject({ status: 202 });
    expect(again.body.results[1].id).not.toBe(other);
  });

  test('equal keys are one job, and a key that was used for another job is refused alone', async () => {
    const key = { idempotencyKey: 'b-2' };
    const { body } = await batch([item(key), item(key), item({ ...key, type: 'other' }), item()]);
    expect(body).toMatchObject({ accepted: 3, refused: 1 });
    const [first, second, third, fourth] = body.results;
    expect(first).toMatchObject({ status: 202 });
    expect(second).toMatchObject({ status: 200, duplicate: true, id: first.id });
    expect(third).toMatchObject({ status: 422, problem: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    expect(fourth).toMatchObject({ status: 202 });
    expect(open.on.rejected.get('IDEMPOTENCY_KEY_REUSED')).toBe(1);
  });

  test('equal keys far apart are one job too, and keys belong to their workspace', async () => {
    const key = { idempotencyKey: 'b-3' };
    const many = Array.from({ length: 1_200 }, () => item({ type: 'filler' }));
    const { body } = await batch([item(key), ...many, item(key), item({ ...key, workspace: 'beta' })]);
    expect(body.results.at(-2)).toMatchObject({ status: 200, id: body.results[0].id });
    expect(body.results.at(-1)).toMatchObject({ status: 202 });
  });

  test('a retry may come in the other form, with its fields in another order', async () => {
    const job = {
      type: 'mail',
      payload: { b: 1.5, a: [2, { d: 'x', c: null, 10: 0 }] },
      maxAttempts: 5,
      delayMs: 60_000,
    };
    const backoff = { type: 'fixed', delayMs: 10, jitter: 0.5 };
    const single = await post({ ...job, backoff }, 'b-4');
    const turned = {
      delayMs: 60_000,
      maxAttempts: 5,
      idempotencyKey: 'b-4',
      backoff: { jitter: 0.5, delayMs: 10, type: 'fixed' },
      payload: { a: [2, { 10: 0, c: null, d: 'x' }], b: 1.5 },
      type: 'mail',
      workspace: 'acme',
    };
    expect((await batch([turned])).body.results[0]).toMatchObject({ status: 200, id: single.body.id });
    // The order of a list is what it says.
    const other = { ...turned, payload: { a: [{ 10: 0, c: null, d: 'x' }, 2], b: 1.5 } };
    expect((await batch([other])).body.results[0]).toMatchObject({ status: 422 });

    const batched = (await batch([item({ idempotencyKey: 'b-5' })])).body.results[0];
    const again = await post({ payload: { to: 'a' }, type: 'mail' }, 'b-5');
    expect(again).toMatchObject({ status: 200, body: { id: batched.id, duplicate: true } });
    expect(await post({ payload: { to: 'b' }, type: 'mail' }, 'b-5')).toMatchObject({ status: 422 });
  });

  test('a key that is none is refused with its item', async () => {
    const { body } = await batch([
      item({ idempotencyKey: 'with space' }),
      item({ idempotencyKey: '' }),
      item(),
    ]);
    expect(body.results.map(({ status }: { status: number }) => status)).toEqual([400, 400, 202]);
    expect(body.results[0].problem.errors[0].path).toBe('idempotencyKey');
  });

  test('without the ledger a key is refused rather than ignored', async () => {
    const { body } = await batch([item({ idempotencyKey: 'b-6' }), item()], open.off);
    expect(body.results).toMatchObject([{ status: 409, problem: { code: 'LEDGER_OFF' } }, { status: 202 }]);
    expect(await post(item({ workspace: undefined }), 'b-6', open.off)).toMatchObject({
      status: 409,
      body: { code: 'LEDGER_OFF' },
    });
  });
});

describe('where keys are required', () => {
  test('a job without one is refused, in a batch by itself', async () => {
    const refused = { code: 'IDEMPOTENCY_KEY_REQUIRED', fix: expect.stringContaining('Idempotency-Key') };
    const job = { type: 'mail' };
    expect(await post(job, undefined, open.required)).toMatchObject({ status: 400, body: refused });
    expect(await post(job, 'r-1', open.required)).toMatchObject({ status: 202 });
    const { body } = await batch([item(), item({ idempotencyKey: 'r-2' })], open.required);
    expect(body.results).toMatchObject([{ status: 400, problem: refused }, { status: 202 }]);
    expect(open.required.rejected.get('IDEMPOTENCY_KEY_REQUIRED')).toBe(2);
  });

  test('elsewhere it is not', async () => {
    expect(await post({ type: 'mail' })).toMatchObject({ status: 202 });
  });
});
