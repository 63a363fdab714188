/**
 * What strangers and tenants try, each row with the answer that it gets. Keys, scopes and the workspaces of tenants are
 * tried on every operation in every-operation.test.ts; this file has what those cannot show.
 */
import { gzipSync } from 'node:zlib';
import { waitFor } from '@fairlead/testkit';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Answer, type OpenDispatcher, openDispatcher } from './open-dispatcher.ts';
import { type Servers, startServers } from './servers.ts';

let servers: Servers;
let dispatcher: OpenDispatcher;
let plain: OpenDispatcher;

beforeAll(async () => {
  servers = await startServers();
  const urls = { redisUrl: servers.redis.url, databaseUrl: servers.postgres.url };
  dispatcher = await openDispatcher({ ...urls, ledger: 'on' });
  plain = await openDispatcher(urls);
});
afterAll(async () => {
  await Promise.all([dispatcher.close(), plain.close()]);
  await servers.stop();
});

const jobs = '/v1/workspaces/acme/jobs';
const valid = { type: 't' };
const JSON_TYPE = { 'content-type': 'application/json' };
const KIB = 1024;

const nested = (levels: number) => `{"type":"t","payload":${'['.repeat(levels)}${']'.repeat(levels)}}`;
const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 0]));
const ofBytes = (bytes: number) => JSON.stringify({ type: 't', payload: 'x'.repeat(bytes) });

/** The answer, which must be a problem document that gives nothing of the program away. */
async function refused(answer: Promise<Answer>): Promise<[status: number, code: string]> {
  const { status, headers, body } = await answer;
  expect(headers.get('content-type')).toContain('application/problem+json');
  expect(body).toMatchObject({ type: expect.stringMatching(/^urn:/), title: expect.any(String), status });
  expect(JSON.stringify(body)).not.toMatch(/\.ts\b|node_modules|at Object|postgres:|redis:/);
  return [status, body.code];
}

describe('keys', () => {
  test('a revoked key ends at once here, and within seconds at other dispatchers', async () => {
    const { key } = (await dispatcher.call('POST', '/v1/keys', { label: 'short', scopes: ['read'] })).body;
    const ask = (at: OpenDispatcher) => at.call('GET', jobs, undefined, { authorization: `Bearer ${key}` });
    expect([(await ask(dispatcher)).status, (await ask(plain)).status]).toEqual([200, 409]);
    expect((await dispatcher.call('POST', `/v1/keys/${key.split('_')[1]}/revoke`)).status).toBe(204);
    expect((await ask(dispatcher)).status).toBe(401);
    // What is remembered there ends after two seconds.
    await waitFor(async () => (await ask(plain)).status === 401, { what: 'the key is revoked everywhere' });
  });

  test('while Postgres is away a key that nobody knows yet gets 503, not 401', async () => {
    const fresh = (await dispatcher.call('POST', '/v1/keys', { label: 'fresh', scopes: ['read'] })).body.key;
    const thaw = await servers.freezePostgres();
    try {
      for (const at of [dispatcher, plain]) {
        const answer = at.call('GET', jobs, undefined, { authorization: `Bearer ${fresh}` });
        expect(await refused(answer)).toEqual([503, 'LEDGER_UNAVAILABLE']);
      }
    } finally {
      thaw();
    }
  });

  test('an admin’s key is bound to no workspace, and no list shows a secret', async () => {
    const bound = dispatcher.call('POST', '/v1/keys', { label: 'x', scopes: ['admin'], workspace: 'acme' });
    expect(await refused(bound)).toEqual([400, 'INVALID_REQUEST']);
    const list = await dispatcher.call('GET', '/v1/keys');
    expect(JSON.stringify(list.body)).not.toMatch(/flk_|sha256/);
    expect(dispatcher.log()).not.toContain(dispatcher.key.slice(17));
  });
});

describe('another tenant', () => {
  let mine: { authorization: string };
  let theirJob: string;
  beforeAll(async () => {
    const body = { label: 'mine', scopes: ['enqueue', 'read', 'operate'], workspace: 'mine' };
    mine = { authorization: `Bearer ${(await dispatcher.call('POST', '/v1/keys', body)).body.key}` };
    theirJob = (await dispatcher.call('POST', '/v1/workspaces/theirs/jobs', valid)).body.id;
    await dispatcher.call('POST', '/v1/workspaces/mine/jobs', valid, mine);
  });
  const ABSENT = '01890000-0000-7000-8000-000000000000';
  const shown = ({ status, body }: Answer) => ({ status, ...body, instance: undefined });

  test.each([
    ['GET', ''],
    ['POST', '/cancel'],
    ['POST', '/retry'],
  ])('%s …/jobs/{id}%s: a job of theirs is like none', async (method, verb) => {
    const at = (workspace: string, id: string) =>
      dispatcher.call(method, `/v1/workspaces/${workspace}/jobs/${id}${verb}`, undefined, mine).then(shown);
    const none = await at('mine', ABSENT);
    expect(none).toMatchObject({ status: 404, code: 'JOB_NOT_FOUND' });
    expect(await at('theirs', theirJob)).toEqual(none);
    expect(await at('mine', theirJob)).toEqual(none);
  });

  test('an item of a batch for them is refused, and the others are accepted', async () => {
    const items = ['mine', 'theirs', 'nobody'].map((workspace) => ({ workspace, type: 't' }));
    const { body } = await dispatcher.call('POST', '/v1/jobs:batch', items, mine);
    expect(body).toMatchObject({ accepted: 1, refused: 2, results: [{ status: 202 }, {}, {}] });
    const [, theirs, nobody] = body.results;
    expect(theirs).toMatchObject({ status: 404, problem: { code: 'WORKSPACE_NOT_FOUND' } });
    expect({ ...theirs, index: 2 }).toEqual(nobody);
  });

  test('a window with a job for them is refused, and windows of one name are kept apart', async () => {
    const post = (workspaces: string[], headers = {}) => {
      const wanted = workspaces.map((workspace) => ({ workspace, type: 't' }));
      return dispatcher.call(
        'POST',
        '/v1/dispatch',
        { source: 'cron', windowSeconds: 3_600, jobs: wanted },
        headers,
      );
    };
    expect(await refused(post(['mine', 'theirs'], mine))).toEqual([404, 'WORKSPACE_NOT_FOUND']);
    const operators = await post(['theirs']);
    const tenants = await post(['mine'], mine);
    expect([operators.body.mode, tenants.body.mode]).toEqual(['dispatch-only', 'dispatch-only']);
    expect(tenants.body.source).toBe('mine/cron');
  });

  test('their keys are an operator’s matter: the same 403 whether there is one or not', async () => {
    const revoke = (prefix: string) =>
      dispatcher.call('POST', `/v1/keys/${prefix}/revoke`, undefined, mine).then(shown);
    const there = await revoke(dispatcher.key.slice(4, 16));
    expect(there).toMatchObject({ status: 403 });
    expect(await revoke('000000000000')).toEqual(there);
  });
});

describe('what is sent', () => {
  const name = (encoded: string) => `/v1/workspaces/${encoded}/jobs`;
  const NAME = [400, 'WORKSPACE_NAME_INVALID'] as const;
  const INVALID = [400, 'INVALID_REQUEST'] as const;
  const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

  test.each<[what: string, path: string, body: unknown, headers: Record<string, string>, number, string]>([
    ['an id of its own', jobs, { ...valid, id: 'meta' }, {}, ...INVALID],
    ['a state', jobs, { ...valid, state: 'completed' }, {}, ...INVALID],
    ['a workspace in the body', jobs, { ...valid, workspace: 'other' }, {}, ...INVALID],
    ['an unknown setting', '/v1/workspaces/acme', { weigth: 2 }, {}, ...INVALID],
    ['__proto__', jobs, '{"type":"t","payload":{"a":[{"__proto__":{"x":1}}]}}', JSON_TYPE, ...INVALID],
    ['constructor', jobs, '{"type":"t","constructor":{}}', JSON_TYPE, ...INVALID],
    ['prototype', jobs, '{"type":"t","payload":{"prototype":1}}', JSON_TYPE, ...INVALID],
    ['33 levels', jobs, nested(32), JSON_TYPE, ...INVALID],
    ['1,001 keys', jobs, { type: 't', payload: keys(1_000) }, {}, ...INVALID],
    ['a job of 257 KiB', jobs, ofBytes(257 * KIB), JSON_TYPE, 413, 'JOB_TOO_LARGE'],
    ['more than 1 MiB', jobs, ofBytes(1_024 * KIB), JSON_TYPE, 413, 'BODY_TOO_LARGE'],
    ['malformed JSON', jobs, '{"type":', JSON_TYPE, 400, 'MALFORMED_JSON'],
    ['an empty body', jobs, '', JSON_TYPE, 400, 'MALFORMED_JSON'],
    ['an array', jobs, [], {}, ...INVALID],
    ['no content type', jobs, undefined, {}, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['a form', jobs, 'type=t', FORM, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['text', jobs, '{"type":"t"}', { 'content-type': 'text/plain' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['upper case in a name', name('ACME'), valid, {}, ...NAME],
    ['":" in a name', name('a:b'), valid, {}, ...NAME],
    ['"{" in a name', name('%7Bfl0%7D'), valid, {}, ...NAME],
    ['"*" in a name', name('*'), valid, {}, ...NAME],
    ['NUL in a name', name('a%00b'), valid, {}, ...NAME],
    ['a space in a name', name('a%20b'), valid, {}, ...NAME],
    ['"/" in a name', name('a%2Fb'), valid, {}, ...NAME],
    ['64 characters of name', name('a'.repeat(64)), valid, {}, ...NAME],
  ])('%s is refused', async (_what, path, body, headers, status, code) => {
    const method = path === '/v1/workspaces/acme' ? 'PATCH' : 'POST';
    expect(await refused(dispatcher.call(method, path, body, headers))).toEqual([status, code]);
  });

  test.each([
    ['257 KiB', 257 * KIB, 'JOB_TOO_LARGE'],
    ['more than 1 MiB', 1_024 * KIB, 'BODY_TOO_LARGE'],
    ['a bomb of 100 MiB', 100 * KIB * KIB, 'BODY_TOO_LARGE'],
  ])(
    '%s is too large also when it is compressed, and when it comes in chunks',
    async (_what, bytes, code) => {
      const text = Buffer.from(ofBytes(bytes));
      const send = async (body: NonNullable<RequestInit['body']>, headers: Record<string, string>) => {
        const response = await fetch(dispatcher.url + jobs, {
          method: 'POST',
          headers: { authorization: `Bearer ${dispatcher.key}`, ...JSON_TYPE, ...headers },
          body,
          duplex: 'half',
        } as RequestInit).catch(() => undefined);
        // Who goes on sending is cut off, and may see nothing but that.
        return response === undefined ? code : ((await response.json()) as { code: string }).code;
      };
      expect(await send(gzipSync(text), { 'content-encoding': 'gzip' })).toBe(code);
      const chunks = (function* () {
        for (let from = 0; from < text.length; from += 64 * KIB) yield text.subarray(from, from + 64 * KIB);
      })();
      expect(await send(ReadableStream.from(chunks) as NonNullable<RequestInit['body']>, {})).toBe(code);
    },
  );

  test('the limits themselves are accepted', async () => {
    const frame = ofBytes(0).length;
    for (const body of [
      ofBytes(256 * KIB - frame),
      nested(31),
      JSON.stringify({ type: 't', payload: keys(998) }),
    ]) {
      expect((await dispatcher.call('POST', jobs, body, JSON_TYPE)).status).toBe(202);
    }
  });

  test.each([
    'meta',
    'wait',
    'active',
    '0',
    '-1',
    '1:lock',
    '01890000-0000-7000-8000-000000000000',
    '%00',
    'a%2fb',
  ])('a job %s is not there, and nothing else of Redis is shown', async (id) => {
    for (const at of [dispatcher, plain]) {
      expect(await refused(at.call('GET', `${jobs}/${id}`))).toEqual([404, 'JOB_NOT_FOUND']);
    }
  });

  test.each(['dispatch:cron:v1:60:x:0', 'schedule:s:1', 'two words', 'ä', 'x'.repeat(256)])(
    'the Idempotency-Key %j is refused: it is none, or the system’s own',
    async (key) => {
      const answer = dispatcher.call('POST', jobs, valid, { 'idempotency-key': key });
      expect(await refused(answer)).toEqual([400, 'INVALID_REQUEST']);
    },
  );

  test('no text of a client becomes an id in Redis', async () => {
    const key = { 'idempotency-key': 'meta' };
    const { body } = await dispatcher.call('POST', '/v1/workspaces/ids/jobs', valid, key);
    expect(body.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  });
});

describe('repeated and too many', () => {
  const key = { 'idempotency-key': 'order-7' };

  test('a key with another payload is refused, and in another workspace it is another key', async () => {
    const post = (workspace: string, n: number) =>
      dispatcher.call('POST', `/v1/workspaces/${workspace}/jobs`, { type: 't', payload: { n } }, key);
    const first = await post('acme', 1);
    expect(first.status).toBe(202);
    expect(await post('acme', 1)).toMatchObject({
      status: 200,
      body: { id: first.body.id, duplicate: true },
    });
    expect(await refused(post('acme', 2))).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    expect((await post('beta', 2)).status).toBe(202);
  });

  test('over its limit a workspace gets 429 with Retry-After', async () => {
    for (const at of [dispatcher, plain]) {
      await at.call('PATCH', '/v1/workspaces/over', { maxBacklog: 0 });
      const answer = at.call('POST', '/v1/workspaces/over/jobs', valid);
      expect(await refused(answer)).toEqual([429, 'BACKLOG_FULL']);
      expect((await answer).headers.get('retry-after')).toBe('1');
    }
  });
});
