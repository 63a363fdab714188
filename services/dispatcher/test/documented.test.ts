/** The document, the routes and the client generated from it say the same: every operation is called here. */
import { ApiProblem, type Client, createClient } from '@fairlead/client';
import { createConsumer, defineHandlers } from '@fairlead/consumer';
import { type Documented, documented, type OpenApi, waitFor } from '@fairlead/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import { type OpenDispatcher, openDispatcher } from './open-dispatcher.ts';
import { type Servers, startServers } from './servers.ts';

let servers: Servers;
let dispatcher: OpenDispatcher;
let document: Documented;
/** The answers so far: statuses by the id of the operation. */
const seen = new Map<string, Set<number>>();
/** What answers are that the document does not say. */
const offences: string[] = [];

beforeAll(async () => {
  servers = await startServers();
  dispatcher = await openDispatcher({
    redisUrl: servers.redis.url,
    databaseUrl: servers.postgres.url,
    ledger: 'on',
  });
  document = documented((await (await fetch(`${dispatcher.url}/openapi.json`)).json()) as OpenApi);
});
beforeEach(() => {
  offences.length = 0;
});
afterAll(async () => {
  await dispatcher.close();
  await servers.stop();
});

/** A client each of whose answers is held against the document. */
function client(apiKey = dispatcher.key): Client {
  return createClient({
    url: dispatcher.url,
    apiKey,
    retry: false,
    async fetch(request) {
      const response = await fetch(request);
      const { id, offences: its } = await document.check(request, response);
      offences.push(...its);
      seen.set(id, (seen.get(id) ?? new Set()).add(response.status));
      return response;
    },
  });
}

test('what is mounted is what is documented, and nothing else', () => {
  const mounted = routesOf(dispatcher.app.router).filter((route) => !/^GET \/docs(\/[\w.-]+)?$/.test(route));
  const inDocument = document.operations.map(({ method, path }) => `${method} ${path}`);
  expect(mounted.sort()).toEqual(inDocument.sort());
});

test('the document is the same text until it changes', async () => {
  const first = await fetch(`${dispatcher.url}/openapi.json`);
  const etag = first.headers.get('etag') ?? '';
  const again = await fetch(`${dispatcher.url}/openapi.json`, { headers: { 'if-none-match': etag } });
  expect([etag.length > 20, again.status, (await again.text()).length]).toEqual([true, 304, 0]);
});

test('every operation does what it is for, and answers as documented', async () => {
  const api = client();
  const workspace = 'acme';
  await api.getHealth();
  await api.getReadiness();
  await api.getOpenApi();
  expect(await api.getMetrics()).toContain('up 1');

  expect(await api.updateWorkspace({ workspace, body: { weight: 2 } })).toMatchObject({ name: workspace });
  await api.updateWorkspace({ workspace, body: { weight: 3, concurrency: null, version: 2 } });
  await api.pauseWorkspace({ workspace });
  expect(await api.drainWorkspace({ workspace })).toMatchObject({ settings: { draining: true } });
  await api.resumeWorkspace({ workspace });
  await api.backfillHighQuota({ body: {} });
  expect((await api.getWorkspace({ workspace })).settings.weight).toBe(3);
  for await (const { name } of api.each('listWorkspaces', { limit: 1 })) expect(name).toBe(workspace);

  const job = { type: 'test.fail', payload: { n: 1 }, maxAttempts: 1 };
  const once = { workspace, idempotencyKey: 'k', body: { ...job, delayMs: 60_000 } };
  const { id } = await api.addJob(once);
  expect(await api.addJob(once)).toEqual({ id, state: expect.any(String), duplicate: true });
  expect(await api.getJob({ workspace, id })).toMatchObject({ id, state: 'delayed' });
  expect(await api.cancelJob({ workspace, id })).toMatchObject({ wasRunning: false });

  const batch = await api.addJobs([
    { workspace, ...job },
    { workspace, ...job },
    { workspace, ...job, type: '-' },
  ]);
  expect(batch).toMatchObject({ accepted: 2, refused: 1 });
  await withFailing(async () => {
    const dead = () => all(api.each('listDead', { workspace, limit: 1 }));
    await waitFor(async () => (await dead()).length === 2, { what: 'two dead letters', deadlineMs: 20_000 });
  });
  const [first] = await all(api.each('listJobs', { workspace, state: 'dead' }));
  expect(await api.retryJob({ workspace, id: first?.id ?? '' })).toMatchObject({ state: 'accepted' });
  expect(await api.redriveDead({ workspace, body: {} })).toMatchObject({ redriven: 1 });

  const effectKey = 'pay:1';
  const claim = { workspace, effectKey, jobId: id, attempt: 1, claimMs: 0 };
  // The second one finds that the first did not come back.
  for (let n = 0; n < 2; n++) await dispatcher.ledger.effects.claim(claim);
  expect(await api.listEffects({ workspace })).toMatchObject({ effects: [{ effectKey, jobId: id }] });
  const resolution = { effectKey, outcome: 'done', result: { receipt: 7 } } as const;
  expect(await api.resolveEffect({ workspace, body: resolution })).toMatchObject({ outcome: 'done' });

  const name = 'nightly';
  const schedule = { workspace, name, body: { cron: '0 3 * * *', job: { type: 'test.report' } } };
  expect(await api.putSchedule(schedule)).toMatchObject({ version: 1 });
  expect(await api.putSchedule(schedule)).toMatchObject({ name });
  await api.getSchedule({ workspace, name });
  expect(await api.listSchedules({ workspace })).toMatchObject({ schedules: [{ name }], nextCursor: null });
  expect(await api.deleteSchedule({ workspace, name })).toBeUndefined();

  const window = { body: { source: 'cron', windowSeconds: 3_600, jobs: [{ workspace, type: 'test.tick' }] } };
  expect(await api.dispatchWindow(window)).toMatchObject({ mode: 'dispatch-only' });
  const again = await api.dispatchWindow(window);
  expect(again).toMatchObject({ mode: 'dispatch-duplicate-suppressed' });
  const ofWindow = { dispatchKey: again.dispatchKey };
  expect(await api.getDispatchWindow(ofWindow)).toMatchObject({ status: 'ENQUEUED', run: null });
  expect(await api.listDispatchWindows({ source: 'cron' })).toMatchObject({
    windows: [{ ...ofWindow, status: 'ENQUEUED' }],
    nextCursor: null,
  });
  expect(await api.listFunctionRuns({ name: 'cron' })).toEqual({ runs: [], nextCursor: null });

  const [flag] = (await api.listFlags()).flags;
  const ofFlag = { name: flag?.name ?? '' };
  await api.getFlag(ofFlag);
  await api.setFlag({ name: 'schedules-paused', body: { value: true, expiresInSeconds: 60 } });
  await api.clearFlag({ name: 'schedules-paused' });

  const key = await api.createKey({ body: { label: 'ci', scopes: ['enqueue', 'read'], workspace } });
  await client(key.key).addJob({ workspace, body: job });
  expect((await api.listKeys()).keys.map(({ prefix }) => prefix)).toContain(key.prefix);
  expect(await api.revokeKey({ prefix: key.prefix })).toBeUndefined();
  const changes = await all(api.each('listAudit', { limit: 3 }));
  expect(changes.map(({ subject }) => subject)).toContain(`workspace:${workspace}`);

  expect(offences).toEqual([]);
  const worked = [...seen].filter(([, statuses]) => [...statuses].some((status) => status < 300));
  expect(worked.map(([id]) => id).sort()).toEqual(document.operations.map(({ id }) => id).sort());
});

test.each([
  ['without a good key', () => client('flk_no_good'), 'UNAUTHENTICATED'],
  ['of what is not there', () => client(), /_NOT_FOUND|INVALID_REQUEST|undefined/],
] as const)('every call %s is refused as documented', async (_which, as, code) => {
  const api = as() as unknown as Record<string, (input: unknown) => Promise<unknown>>;
  const nothing = { workspace: 'nobody', id: 'nothing', name: 'nothing', prefix: 'nothing' };
  for (const { id, method, path } of document.operations) {
    if (!path.startsWith('/v1/')) continue;
    const input = method === 'GET' || method === 'DELETE' ? nothing : { ...nothing, body: {} };
    const failed = await api[id]?.(id === 'addJobs' ? [] : input).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (failed !== undefined && !(failed instanceof ApiProblem)) throw failed;
    expect(`${(failed as ApiProblem | undefined)?.code}`).toMatch(code);
  }
  expect(offences).toEqual([]);
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** A replica whose jobs fail, while `run` runs. */
async function withFailing(run: () => Promise<void>): Promise<void> {
  const consumer = createConsumer({
    redis: { url: servers.redis.url },
    ledger: dispatcher.ledger,
    handlers: defineHandlers({
      'test.fail': {
        input: z.unknown(),
        run() {
          throw new Error('as asked');
        },
      },
    }),
  });
  await consumer.start();
  try {
    await run();
  } finally {
    await consumer.drain(2_000);
  }
}

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
  readonly handle?: { readonly stack?: readonly Layer[] };
}

/** What an Express router serves, with OpenAPI's templates: HEAD, OPTIONS and 405 go without saying. */
function routesOf(router: { readonly stack: readonly unknown[] }): string[] {
  return (router.stack as readonly Layer[]).flatMap(({ route, handle }) => {
    if (route === undefined) return handle?.stack ? routesOf({ stack: handle.stack }) : [];
    const path = route.path
      .replaceAll('\\:', '\u0000')
      .replaceAll(/:(\w+)/g, '{$1}')
      .replaceAll('\u0000', ':');
    return Object.keys(route.methods)
      .map((method) => method.toUpperCase())
      .filter((method) => !['OPTIONS', 'HEAD', '_ALL'].includes(method))
      .map((method) => `${method} ${path}`);
  });
}
