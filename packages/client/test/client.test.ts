import { setImmediate } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import {
  ApiProblem,
  type Client,
  type ClientOptions,
  createClient,
  NoAnswerError,
  StrangeAnswerError,
} from '../src/index.ts';
import { problem, type Reply, type Server, serve } from './server.ts';

let server: Server;
/** The waits before further attempts, which take no time here. */
let waits: number[];

afterEach(() => server.close());

async function against(replies: readonly Reply[], options: Partial<ClientOptions> = {}): Promise<Client> {
  server = await serve(...replies);
  waits = [];
  const wait = async (ms: number) => void waits.push(ms);
  return createClient({ url: server.url, apiKey: 'flk_test', retry: { wait }, ...options });
}

const JOB = { id: 'j1', state: 'waiting', position: 1 };
const job = { workspace: 'acme', body: { type: 't' } } as const;
const BUSY = {
  status: 503,
  body: problem(503, 'REDIS_PRESSURE', { retryAfterSeconds: 7 }),
  headers: { 'retry-after': '7' },
};

test('a call sends its parameters, body and key where they belong', async () => {
  const client = await against([{ status: 202, body: JOB }]);
  const input = { workspace: 'acme', body: { type: 't', payload: { a: 1 } }, idempotencyKey: 'k' };
  expect(await client.addJob(input)).toEqual(JOB);
  await client.listJobs({ workspace: 'a/b', state: 'dead', limit: 5 });
  const [add, list] = server.asked;
  expect(add).toMatchObject({
    method: 'POST',
    path: '/v1/workspaces/acme/jobs',
    headers: { authorization: 'Bearer flk_test', 'idempotency-key': 'k', 'content-type': 'application/json' },
    body: '{"type":"t","payload":{"a":1}}',
  });
  expect(list).toMatchObject({
    method: 'GET',
    path: '/v1/workspaces/a%2Fb/jobs?state=dead&limit=5',
    body: '',
  });
});

test('a refusal is an ApiProblem with all that the document says', async () => {
  const errors = [{ path: 'type', message: 'is required' }];
  const body = problem(400, 'INVALID_REQUEST', { fix: 'Send a type.', errors, instance: 'urn:uuid:1' });
  const client = await against([{ status: 400, body }]);
  const refused = await client.addJob(job).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ApiProblem);
  expect(refused).toMatchObject({
    message: 'It is INVALID_REQUEST.',
    code: 'INVALID_REQUEST',
    status: 400,
    fix: 'Send a type.',
    errors,
    instance: 'urn:uuid:1',
    retryAfterSeconds: undefined,
    document: body,
  });
  expect(server.asked).toHaveLength(1);
});

test.each([
  [{ status: 502, body: '<h1>Bad gateway</h1>' }, 502],
  [{ status: 200, body: '<h1>Welcome</h1>' }, 200],
  [{ status: 404, body: { error: 'no route' } }, 404],
])('what is not Fairlead’s answer is a StrangeAnswerError: %j', async (reply, status) => {
  const client = await against([reply]);
  const strange = await client.getHealth().catch((error: unknown) => error);
  expect(strange).toBeInstanceOf(StrangeAnswerError);
  expect(strange).toMatchObject({ status, message: expect.stringContaining(server.url) });
});

test('no answer is a NoAnswerError that says why', async () => {
  const client = await against(['hang up'], { retry: false });
  const failed = await client.addJob(job).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(NoAnswerError);
  expect(failed).toMatchObject({ message: `no answer from ${server.url}: other side closed` });
});

test('an aborted call rejects with the reason, and is not tried again', async () => {
  const client = await against(['hang up']);
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(client.getHealth({ signal })).rejects.toThrow('enough');
  expect([server.asked.length, waits]).toEqual([0, []]);
});

test.each([
  ['a question', (client: Client) => client.getJob({ workspace: 'acme', id: 'j1' })],
  ['a call with an Idempotency-Key', (client: Client) => client.addJob({ ...job, idempotencyKey: 'k' })],
  ['a PUT', (client: Client) => client.setFlag({ name: 'f', body: { value: true } })],
])('%s is tried again when Retry-After says, after 503 and after a lost answer', async (_what, call) => {
  const client = await against([BUSY, 'hang up', { status: 200, body: JOB }]);
  expect(await call(client)).toEqual(JOB);
  expect(waits).toEqual([7_000, expect.any(Number)]);
  expect(new Set(server.asked.map(({ body }) => body)).size).toBe(1);
});

test.each([
  ['a job without a key', (client: Client) => client.addJob(job)],
  ['a batch', (client: Client) => client.addJobs([{ workspace: 'acme', type: 't' }])],
  [
    'a change of settings',
    (client: Client) => client.updateWorkspace({ workspace: 'acme', body: { weight: 2 } }),
  ],
])('%s is sent once: a second time could do something twice', async (_what, call) => {
  const client = await against([BUSY]);
  await expect(call(client)).rejects.toMatchObject({ code: 'REDIS_PRESSURE', retryAfterSeconds: 7 });
  expect([server.asked.length, waits]).toEqual([1, []]);
});

test('attempts end, and a wait that is longer than allowed is not begun', async () => {
  const ask = (client: Client) => client.getHealth();
  const client = await against([BUSY], { retry: { attempts: 3, wait: async (ms) => void waits.push(ms) } });
  await expect(ask(client)).rejects.toMatchObject({ status: 503 });
  expect([server.asked.length, waits]).toEqual([3, [7_000, 7_000]]);
  await server.close();

  const hasty = await against([BUSY], {
    retry: { maxWaitMs: 5_000, wait: async (ms) => void waits.push(ms) },
  });
  await expect(ask(hasty)).rejects.toMatchObject({ status: 503 });
  expect([server.asked.length, waits]).toEqual([1, []]);
});

test('a list is read page by page, and no further than it is read', async () => {
  const page = (names: string[], nextCursor: string | null) => ({
    status: 200,
    body: { workspaces: names.map((name) => ({ name })), nextCursor },
  });
  const client = await against([page(['a', 'b'], 'b'), page(['c', 'd'], 'd'), page([], null)]);
  const seen: string[] = [];
  for await (const { name } of client.each('listWorkspaces', { limit: 2 })) {
    seen.push(name);
    if (name === 'c') break;
  }
  expect(seen).toEqual(['a', 'b', 'c']);
  expect(server.asked.map(({ path }) => path)).toEqual([
    '/v1/workspaces?limit=2',
    '/v1/workspaces?limit=2&cursor=b',
  ]);
});

test('a batch goes out while its jobs come in', async () => {
  const client = await against([{ status: 207, body: { accepted: 2_000, refused: 0, results: [] } }]);
  async function* jobs() {
    for (let n = 0; n < 2_000; n++) {
      // The second half comes only when the server has the request.
      while (n === 1_000 && server.asked.length === 0) await setImmediate();
      yield { workspace: 'acme', type: 't', payload: { n, text: 'x'.repeat(200) } };
    }
  }
  expect(await client.addJobs(jobs())).toMatchObject({ accepted: 2_000 });
  const [{ headers, body } = { headers: {}, body: '' }] = server.asked;
  expect(headers).toMatchObject({ 'content-type': 'application/x-ndjson', 'transfer-encoding': 'chunked' });
  const lines = body.trimEnd().split('\n');
  expect([lines.length, JSON.parse(lines[1_999] ?? '').payload.n]).toEqual([2_000, 1_999]);
});

test('an iterable that fails ends the batch with its error', async () => {
  const client = await against([{ status: 207, body: {} }]);
  function* jobs() {
    yield { workspace: 'acme', type: 't' };
    throw new Error('the file ended early');
  }
  await expect(client.addJobs(jobs())).rejects.toThrow(/^the file ended early$/);
});
