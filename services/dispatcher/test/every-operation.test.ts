/** What holds for every operation, whatever it does: taken from the declarations, so that a new one is in it. */
import { type Operation, SCOPES, type Scope } from '@fairlead/http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { operations } from '../src/api/operations.ts';
import { type Answer, type OpenDispatcher, openDispatcher } from './open-dispatcher.ts';
import { type Servers, startServers } from './servers.ts';

let servers: Servers;
let remembering: OpenDispatcher;
let plain: OpenDispatcher;

beforeAll(async () => {
  servers = await startServers();
  const urls = { redisUrl: servers.redis.url, databaseUrl: servers.postgres.url };
  remembering = await openDispatcher({ ...urls, ledger: 'on' });
  plain = await openDispatcher(urls);
});
afterAll(async () => {
  await Promise.all([remembering.close(), plain.close()]);
  await servers.stop();
});

const EVERY = operations.map((operation): [string, Operation] => [operation.id, operation]);
const OWN = EVERY.filter(([, { access }]) => access.tenants === 'own');
const OPERATORS = EVERY.filter(([, { access }]) => access.tenants === 'no');

/** Sends what is as good as nothing: it must not get so far that it is looked at. */
function ask(
  { method, path }: Operation,
  key: string | undefined,
  { dispatcher = remembering, workspace = 'mine' } = {},
): Promise<Answer> {
  const filled = path.replace('{workspace}', workspace).replaceAll(/\{\w+\}/g, 'some');
  return dispatcher.call(method, filled, undefined, {
    authorization: key === undefined ? '' : `Bearer ${key}`,
  });
}

async function keyWith(scopes: readonly Scope[], workspace?: string): Promise<string> {
  const { key } = await remembering.ledger.apiKeys.create({
    label: 'test',
    scopes,
    workspace,
    createdBy: 'test',
  });
  return key;
}

const withoutInstance = ({ body }: Answer) => ({ ...body, instance: undefined });

test.each(EVERY)(
  '%s refuses no key, a wrong and a revoked one with the same words',
  async (_id, operation) => {
    const revoked = await keyWith(['admin']);
    expect(await remembering.ledger.apiKeys.revoke(revoked.split('_')[1] ?? '', { actor: 'test' })).toBe(
      true,
    );
    const wrong = `${revoked.slice(0, -1)}${revoked.endsWith('A') ? 'B' : 'A'}`;
    const unknown = `flk_000000000000_${'x'.repeat(43)}`;
    const [none, ...others] = await Promise.all(
      [undefined, '', 'nonsense', wrong, unknown, revoked].map((key) => ask(operation, key)),
    );
    expect(none).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
    expect(none?.headers.get('www-authenticate')).toBe('Bearer');
    for (const other of others) {
      expect([other.status, other.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      expect(withoutInstance(other)).toEqual(withoutInstance(none as Answer));
    }
    expect((await ask(operation, undefined, { dispatcher: plain })).status).toBe(401);
  },
);

test.each(EVERY)('%s asks for its scope, which an admin has', async (_id, operation) => {
  const { scope } = operation.access;
  const others = SCOPES.filter((one) => one !== scope && one !== 'admin');
  expect(await ask(operation, await keyWith(others))).toMatchObject({
    status: 403,
    body: { code: 'INSUFFICIENT_SCOPE', detail: expect.stringContaining(`"${scope}"`) },
  });
  for (const enough of [scope, 'admin'] as const) {
    expect([401, 403]).not.toContain((await ask(operation, await keyWith([enough]))).status);
  }
});

test.each(OPERATORS)('%s is no tenant’s', async (_id, operation) => {
  const tenant = await keyWith(['enqueue', 'read', 'operate', 'admin'], 'mine');
  const answer = await ask(operation, tenant);
  expect(answer).toMatchObject({ status: 403, body: { code: 'OPERATORS_ONLY' } });
});

test.each(OWN)('%s: another tenant’s workspace is like none at all', async (_id, operation) => {
  await remembering.ledger.workspaces.ensure(['mine', 'theirs']);
  const tenant = await keyWith(['enqueue', 'read', 'operate'], 'mine');
  const [theirs, absent] = await Promise.all(
    ['theirs', 'absent'].map((workspace) => ask(operation, tenant, { workspace })),
  );
  expect(theirs?.status).toBe(404);
  expect(withoutInstance(theirs as Answer)).toEqual(withoutInstance(absent as Answer));
  expect([401, 403]).not.toContain((await ask(operation, tenant)).status);
});

const CANARY = 'canary-8c1e';
const acme = '/v1/workspaces/acme';

/** An effect whose attempt did not come back; answers its key. */
async function unknownEffect(workspace: string, effectKey: string): Promise<string> {
  await remembering.ledger.effects.claim({ workspace, effectKey, jobId: 'j', attempt: 1, claimMs: 0 });
  return effectKey;
}

/** Each changing operation once: what is sent, and the action and subject that the audit must have. */
async function changes(): Promise<
  [id: string, method: string, path: string, body: unknown, action: string, subject: string][]
> {
  const add = async () =>
    (await remembering.call('POST', `${acme}/jobs`, { type: 'audited', payload: { CANARY } })).body
      .id as string;
  const dead = async () => {
    const id = await add();
    await remembering.ledger.jobs.finish([
      { id, outcome: 'dead', attempts: 3, error: CANARY, startedAtMs: 1, finishedAtMs: 2 },
    ]);
    return id;
  };
  const [cancelled, retried] = [await add(), await dead(), await dead()];
  const { key } = (await remembering.call('POST', '/v1/keys', { label: 'x', scopes: ['read'] })).body;
  const prefix = key.split('_')[1];
  const effectKey = await unknownEffect('acme', 'pay:1');
  const resolution = { effectKey, outcome: 'done', result: { CANARY } };
  const schedule = { everyMs: 3_600_000, job: { type: 'hourly', payload: { CANARY } } };
  return [
    ['updateWorkspace', 'PATCH', acme, { weight: 2 }, 'workspace.update', 'workspace:acme'],
    ['pauseWorkspace', 'POST', `${acme}/pause`, undefined, 'workspace.pause', 'workspace:acme'],
    ['drainWorkspace', 'POST', `${acme}/drain`, undefined, 'workspace.drain', 'workspace:acme'],
    ['resumeWorkspace', 'POST', `${acme}/resume`, undefined, 'workspace.resume', 'workspace:acme'],
    [
      'backfillHighQuota',
      'POST',
      '/v1/workspaces:backfill-high-quota',
      {},
      'workspaces.backfill_high_quota',
      'workspaces',
    ],
    [
      'cancelJob',
      'POST',
      `${acme}/jobs/${cancelled}/cancel`,
      undefined,
      'job.cancel',
      `job:acme/${cancelled}`,
    ],
    ['retryJob', 'POST', `${acme}/jobs/${retried}/retry`, undefined, 'job.retry', `job:acme/${retried}`],
    ['redriveDead', 'POST', `${acme}/dead:redrive`, { type: 'audited' }, 'dead.redrive', 'workspace:acme'],
    [
      'resolveEffect',
      'POST',
      `${acme}/effects:resolve`,
      resolution,
      'effect.resolve',
      `effect:acme/${effectKey}`,
    ],
    ['putSchedule', 'PUT', `${acme}/schedules/s`, schedule, 'schedule.put', 'schedule:acme/s'],
    ['deleteSchedule', 'DELETE', `${acme}/schedules/s`, undefined, 'schedule.delete', 'schedule:acme/s'],
    ['setFlag', 'PUT', '/v1/flags/schedules-paused', { value: true }, 'flag.set', 'flag:schedules-paused'],
    ['clearFlag', 'DELETE', '/v1/flags/schedules-paused', undefined, 'flag.clear', 'flag:schedules-paused'],
    [
      'createKey',
      'POST',
      '/v1/keys',
      { label: 'y', scopes: ['read'] },
      'key.create',
      expect.stringMatching(/^key:/) as unknown as string,
    ],
    ['revokeKey', 'POST', `/v1/keys/${prefix}/revoke`, undefined, 'key.revoke', `key:${prefix}`],
  ];
}

test('every change is in the audit with who made it, and without payloads and keys', async () => {
  const steps = await changes();
  const withAudit = operations.filter(({ method, access }) => method !== 'GET' && access.scope !== 'enqueue');
  expect(steps.map(([id]) => id).sort()).toEqual(withAudit.map(({ id }) => id).sort());

  const newest = async () => (await remembering.call('GET', '/v1/audit?limit=1')).body.entries[0];
  for (const [id, method, path, body, action, subject] of steps) {
    const before = await newest();
    const { status } = await remembering.call(method, path, body);
    expect([id, status < 300]).toEqual([id, true]);
    const entry = await newest();
    expect(entry).toMatchObject({ actor: `key:${remembering.key.slice(4, 16)}`, action, subject });
    expect(entry.id).toBeGreaterThan(before.id);
  }
  const { entries } = (await remembering.call('GET', '/v1/audit?limit=500')).body;
  expect(JSON.stringify(entries)).not.toMatch(new RegExp(`${CANARY}|flk_|sha256`));
});

test('the audit tells what was there before and after, for one subject and in pages', async () => {
  const path = '/v1/workspaces/history';
  for (const weight of [2, 3, 4])
    await remembering.call('PATCH', path, { weight, displayName: `w${weight}` });
  const about = (cursor = '') =>
    remembering.call('GET', `/v1/audit?subject=workspace:history&limit=2${cursor && `&cursor=${cursor}`}`);
  const { entries, nextCursor } = (await about()).body;
  expect(entries).toMatchObject([
    {
      before: { weight: 3, displayName: 'w3', version: 3 },
      after: { weight: 4, displayName: 'w4', version: 4 },
    },
    {
      before: { weight: 2, displayName: 'w2', version: 2 },
      after: { weight: 3, displayName: 'w3', version: 3 },
    },
  ]);
  const rest = (await about(nextCursor)).body;
  expect(rest).toMatchObject({ entries: [{ before: { weight: 1, displayName: null } }], nextCursor: null });
});
