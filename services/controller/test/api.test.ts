/** The API of the controller, each answer held against its document. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ApiProblem, type ControllerClient, createControllerClient } from '@fairlead/client';
import { DEFAULT_POLICY, policyFrom, policyHash } from '@fairlead/core';
import { type Operation, SCOPES } from '@fairlead/http';
import { type Documented, documented, type OpenApi } from '@fairlead/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { operations } from '../src/api/operations.ts';
import { sha256 } from '../src/policies.ts';
import { type OpenApiServer, openApi, POLICY } from './open-api.ts';
import { CALM, writeTick } from './some-decisions.ts';

const START_MS = 1_767_225_600_000;
const WINDOW_MS = DEFAULT_POLICY.promotion.windowMs;

let server: OpenApiServer;
let document: Documented;
let api: ControllerClient;
/** The answers so far: statuses by the id of the operation. */
const seen = new Map<string, Set<number>>();
/** What answers are that the document does not say. */
const offences: string[] = [];

beforeAll(async () => {
  server = await openApi();
  document = documented((await (await fetch(`${server.url}/openapi.json`)).json()) as OpenApi);
  api = client();
}, 60_000);
afterAll(() => server?.close());
beforeEach(() => {
  offences.length = 0;
});

/** A client each of whose answers is held against the document. */
function client(apiKey = server.key): ControllerClient {
  return createControllerClient({
    url: server.url,
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

const tick = (atMs: number, what: Parameters<typeof writeTick>[3]) =>
  writeTick(server.ledger, server.fence, atMs, what);

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Puts something else in the place of the first record about capacity. */
const spoil = (record: string) =>
  server.postgres.query(
    `UPDATE "Decision" SET "record" = ${record} WHERE "kind" = 'autoscale' AND "seq" = 1`,
    server.postgres.url,
  );

const refusal = (code: string) => expect.objectContaining({ code });
const HOUR = { expiresInSeconds: 3_600, reason: 'a test' };

test('before the first tick capacity is not known, and a scaler is told to come again', async () => {
  expect(await api.getCapacity()).toMatchObject({
    capacity: null,
    decision: null,
    pin: null,
    replicas: { wanted: null, running: 0, live: [] },
    leader: { holder: 'host-1', epoch: server.fence.epoch },
  });
  await expect(api.getScaler()).rejects.toMatchObject({ code: 'NOT_DECIDED', retryAfterSeconds: 15 });
  expect(await api.listDecisions()).toEqual({ decisions: [], damaged: 0, nextCursor: null });
  expect(offences).toEqual([]);
});

test('capacity is told with the decision that set it, in words, and with who is there', async () => {
  const seenAtMs = START_MS;
  server.replicas.push(
    { id: 'a', slots: 256, running: 200, draining: false, seenAtMs },
    { id: 'b', slots: 256, running: 7, draining: true, seenAtMs },
  );
  await tick(START_MS, { autoscale: CALM });
  expect(await api.getCapacity()).toMatchObject({
    capacity: 1_088,
    target: 1_088,
    decision: {
      id: 'autoscale:1',
      action: 'raise',
      reasonCode: 'ramp_step',
      words: 'Capacity rises from 1,024 to 1,088 jobs at once: 17 active workspaces ask for 1,088.',
    },
    replicas: {
      wanted: 5,
      running: 1,
      slots: 256,
      inFlight: 207,
      live: [{ id: 'a' }, { id: 'b', draining: true, seenAt: '2026-01-01T00:00:00.000Z' }],
    },
  });
  const scaler = { replicas: 5, desiredReplicas: 5, runningReplicas: 1, capacity: 1_088 };
  expect(await api.getScaler()).toMatchObject(scaler);
  expect(await api.getScaler({ toleranceBp: 0 })).toMatchObject(scaler);
  expect(offences).toEqual([]);
});

test('while Redis is away capacity is told all the same, and a scaler gets nothing to act on', async () => {
  server.redis = 'away';
  expect(await api.getCapacity()).toMatchObject({
    capacity: 1_088,
    replicas: { wanted: 5, running: null, slots: null, inFlight: null, live: null },
  });
  await expect(api.getScaler()).rejects.toEqual(refusal('REDIS_UNAVAILABLE'));
  server.redis = 'there';
  expect(offences).toEqual([]);
});

test('a pin and a step are in force until they are taken, taken back or over', async () => {
  const pinned = await api.pinCapacity({ body: { capacity: 222, ...HOUR } });
  expect(pinned).toMatchObject({ kind: 'pin', value: 222, reason: 'a test', isInForce: true });
  await api.stepCapacity({ body: { by: -64, reason: 'less' } });
  expect(await api.getCapacity()).toMatchObject({ pin: { value: 222 }, step: { value: -64 } });
  const { step } = (await server.ledger.controlStates.read()).overrides;
  await tick(START_MS + 400_000, { autoscale: { ...CALM, step } });
  expect(await api.getCapacity()).toMatchObject({ capacity: 1_024, step: null });
  await api.releaseCapacity();
  await expect(api.releaseCapacity()).rejects.toEqual(refusal('ORDER_NOT_FOUND'));
  expect((await api.getCapacity()).pin).toBeNull();
  const { overrides } = await api.listOverrides();
  expect(overrides.map(({ kind, isInForce }) => [kind, isInForce])).toEqual([
    ['step', false],
    ['pin', false],
  ]);
  expect(offences).toEqual([]);
});

test('quotas are frozen, of one workspace or of all, and decisions of a kind switched off', async () => {
  await api.freezePromotions({ body: { reason: 'all' } });
  const acme = { body: { workspace: 'acme', ...HOUR } };
  await expect(api.freezePromotions(acme)).rejects.toEqual(refusal('WORKSPACE_NOT_FOUND'));
  await server.ledger.workspaces.ensure(['acme']);
  await api.freezePromotions(acme);
  await api.switchDecisionsOff({ kind: 'backpressure', body: { reason: 'too loud' } });
  const { freezes, off } = await server.ledger.overrides.inForce();
  expect([[...freezes.keys()].sort(), [...off]]).toEqual([['*', 'acme'], ['backpressure']]);
  await api.releasePromotions({ workspace: 'acme' });
  await api.releasePromotions();
  await api.switchDecisionsOn({ kind: 'backpressure' });
  const over = await server.ledger.overrides.inForce();
  expect([over.freezes.size, over.off.size]).toEqual([0, 0]);
  await expect(api.releasePromotions()).rejects.toEqual(refusal('ORDER_NOT_FOUND'));
  await expect(api.switchDecisionsOn({ kind: 'rollout' })).rejects.toEqual(refusal('ORDER_NOT_FOUND'));
  expect(offences).toEqual([]);
});

test('a rollout goes from draft to its first stage, and tells the decision it stands on', async () => {
  const name = 'ladder';
  const feature = 'promotion';
  expect(await api.createRollout({ body: { name, feature } })).toMatchObject({
    status: 'draft',
    order: null,
  });
  await expect(api.createRollout({ body: { name, feature } })).rejects.toEqual(refusal('ROLLOUT_EXISTS'));
  await expect(api.createRollout({ body: { name: 'other', feature } })).rejects.toEqual(
    refusal('FEATURE_BUSY'),
  );
  await expect(api.orderRollout({ name, order: 'pause' })).rejects.toMatchObject({
    code: 'ROLLOUT_REFUSED',
    message: expect.stringContaining('draft'),
  });
  expect(await api.orderRollout({ name, order: 'start' })).toMatchObject({
    order: { order: 'start', isTaken: false },
  });
  await expect(api.orderRollout({ name, order: 'start' })).rejects.toMatchObject({
    message: 'No tick has taken its last order yet: start.',
  });
  const [open] = (await server.ledger.controlStates.read()).rollouts;
  await tick(START_MS + 500_000, { rollout: { [name]: { command: open?.command ?? null } } });
  expect(await api.getRollout({ name })).toMatchObject({
    status: 'running',
    shareBp: 500,
    order: { isTaken: true },
    stages: [{ stage: 0, shareBp: 500, endedAt: null, outcome: null }],
    decision: { reasonCode: 'stage_started', to: 500 },
  });
  expect((await api.listRollouts()).rollouts).toMatchObject([{ name, status: 'running' }]);
  await expect(api.getRollout({ name: 'none' })).rejects.toEqual(refusal('ROLLOUT_NOT_FOUND'));
  expect(offences).toEqual([]);
});

test('a drill runs until it is ended, and is no order', async () => {
  const drill = { signal: 'failure_rate', value: 500, expiresInSeconds: 60, reason: 'exercise' } as const;
  expect(await api.startDrill({ body: drill })).toMatchObject({ signal: 'failure_rate', value: 500 });
  expect(await api.listDrills()).toMatchObject({ drills: [{ reason: 'exercise' }], areAllowed: true });
  expect((await server.ledger.overrides.inForce()).drills).toMatchObject([{ signal: 'failure_rate' }]);
  const { overrides } = await api.listOverrides();
  expect(overrides.map(({ subject }) => subject)).not.toContain('failure_rate');
  await api.stopDrill({ name: 'failure_rate' });
  await expect(api.stopDrill({ name: 'failure_rate' })).rejects.toEqual(refusal('ORDER_NOT_FOUND'));
  expect((await api.listDrills()).drills).toEqual([]);
  expect(offences).toEqual([]);
});

test('decisions are listed both ways, selected, looked at and explained', async () => {
  for (let window = 0; window < 5; window++) {
    await tick(START_MS + window * WINDOW_MS, { promotion: { acme: 0, globex: window > 2 ? 1 : 0 } });
  }
  const listed = await all(api.each('listDecisions', { kind: 'promotion', limit: 2 }));
  const positions = listed.map(({ position }) => position);
  expect(positions).toEqual([...positions].sort((a, b) => b - a));
  expect(new Set(positions).size).toBe(positions.length);

  const oldest = positions.at(-1) as number;
  const tail = await api.listDecisions({ kind: 'promotion', after: oldest, limit: 3 });
  expect(tail.decisions.map(({ position }) => position)).toEqual(
    positions.slice(0, -1).reverse().slice(0, 3),
  );
  expect((await api.listDecisions({ after: positions[0] as number })).decisions).toEqual([]);

  const gate = await api.listDecisions({ subject: 'acme', changes: 'true' });
  expect(gate.decisions.map(({ reasonCode, from, to }) => [reasonCode, from, to])).toEqual([
    ['gate_open', 64, 100],
  ]);
  const [breach] = (await api.listDecisions({ reason: 'threshold_breach' })).decisions;
  expect(breach).toMatchObject({ subject: { type: 'workspace', id: 'globex' } });
  const since = new Date(START_MS + WINDOW_MS).toISOString();
  const until = new Date(START_MS + 2 * WINDOW_MS).toISOString();
  const within = (await api.listDecisions({ kind: 'promotion', since, until })).decisions;
  expect(new Set(within.map(({ at }) => at))).toEqual(new Set([since]));

  const id = breach?.id ?? '';
  const { record } = await api.getDecision({ id });
  expect(record).toMatchObject({ id, signals: { window: { dead: 1 } }, hash: expect.any(String) });
  expect(await api.explainDecision({ id })).toMatchObject({
    words: expect.stringContaining('globex'),
    counterfactual: { signal: 'window.dead', words: expect.stringContaining('fewer failures') },
    evidence: [],
    decision: { id },
    record,
  });
  await expect(api.explainDecision({ id: 'promotion:nobody:1' })).rejects.toEqual(
    refusal('DECISION_NOT_FOUND'),
  );
  await expect(api.listDecisions({ cursor: 5, after: 5 })).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
    errors: [{ path: 'cursor' }],
  });
  expect(offences).toEqual([]);
});

test('the code that docs/client.md shows prints capacity and promotions', async () => {
  const example = new URL('../../../packages/client/examples/controller.ts', import.meta.url);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=development', fileURLToPath(example)],
    {
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        FAIRLEAD_CONTROLLER_URL: server.url,
        FAIRLEAD_API_KEY: server.key,
      },
    },
  );
  const [first, second] = stdout.split('\n');
  expect([first, second]).toEqual([
    expect.stringMatching(/^1024 Operator key:.* changed capacity/),
    expect.stringMatching(/^promotion:acme:\d+ .*acme/),
  ]);
});

test('every subject is verified, and a row that somebody changed shows', async () => {
  const subjects = await all(api.each('listSubjects', { limit: 2 }));
  expect(subjects.map(({ kind, subject }) => `${kind}:${subject.id}`)).toEqual([
    'autoscale:cluster',
    'promotion:acme',
    'promotion:globex',
    'rollout:ladder',
  ]);
  for (const { kind, subject, seq } of subjects) {
    expect(await api.verifyDecisions({ body: { kind, subject } })).toMatchObject({
      ok: true,
      recomputed: seq,
      differences: [],
    });
  }
  const [recomputed, found] = [
    subjects.reduce((sum, { seq }) => sum + seq, 0),
    { ok: true, differences: [] },
  ];
  expect(await api.verifySubjects({ body: {} })).toMatchObject({
    ...{ ...found, recomputed, subjects: 4, nextCursor: null },
  });
  const cursor = 'promotion:workspace:globex';
  expect(await api.verifySubjects({ body: { cursor } })).toMatchObject({ ...found, subjects: 1 });
  await expect(api.verifySubjects({ body: { cursor: 'nonsense' } })).rejects.toEqual(
    refusal('INVALID_REQUEST'),
  );
  const nobody = { kind: 'promotion', subject: { type: 'workspace', id: 'nobody' } } as const;
  await expect(api.verifyDecisions({ body: nobody })).rejects.toEqual(refusal('DECISION_NOT_FOUND'));
  await expect(api.listSubjects({ cursor: 'nonsense' })).rejects.toEqual(refusal('INVALID_REQUEST'));

  await spoil(`replace("record"::text, '"to":1088', '"to":9999')::json`);
  await expect(api.explainDecision({ id: 'autoscale:1' })).rejects.toEqual(refusal('DECISION_BROKEN'));
  const cluster = { kind: 'autoscale', subject: { type: 'cluster', id: 'cluster' } } as const;
  const { ok, differences } = await api.verifyDecisions({ body: cluster });
  expect([ok, differences.map(({ code }) => code)]).toEqual([
    false,
    expect.arrayContaining(['changed', 'recomputed_differently']),
  ]);
  await spoil(`replace("record"::text, '"evaluatedAt":1', '"evaluatedAt":1000000000')::json`);
  expect(await api.listDecisions({ kind: 'autoscale' })).toMatchObject({ damaged: 1 });
  await spoil(`'{"kind": 1}'`);
  expect(await api.listDecisions({ kind: 'autoscale' })).toMatchObject({ damaged: 1 });
  await expect(api.getDecision({ id: 'autoscale:1' })).rejects.toEqual(refusal('DECISION_BROKEN'));
  expect(offences).toEqual([]);
});

test('the policy is told whole, under the name that decisions carry, and with where it is from', async () => {
  const answer = await api.getPolicy();
  const policy = policyFrom(POLICY);
  expect(answer).toMatchObject({ source: 'FAIRLEAD_POLICY', leads: true, policy });
  // As a file it is the very same policy.
  expect(policyHash(policyFrom(answer.policy), sha256)).toBe(answer.hash);
  const without = { ...policy, promotion: { ...policy.promotion, enabled: false } };
  expect(answer.hashWithoutPromotion).toBe(policyHash(without, sha256));
  expect(offences).toEqual([]);
});

test('every operation was called, and did what it is for', async () => {
  await api.getHealth();
  await api.getReadiness();
  await api.getOpenApi();
  await api.getMetrics();
  const worked = [...seen].filter(([, statuses]) => [...statuses].some((status) => status < 300));
  expect(worked.map(([id]) => id).sort()).toEqual(document.operations.map(({ id }) => id).sort());
  expect(offences).toEqual([]);
});

test('every order is in the audit with who gave it', async () => {
  const entries = await server.ledger.audit.page({ limit: 100 });
  const [, prefix] = server.key.split('_');
  const ordered = entries.filter(({ action }) => /^(control|rollout)\./.test(action));
  expect(new Set(ordered.map(({ actor }) => actor))).toEqual(new Set([`key:${prefix}`]));
  expect(new Set(ordered.map(({ action }) => action))).toEqual(
    new Set([
      ...['pin', 'pin.release', 'step', 'freeze', 'freeze.release', 'switch', 'switch.release'].map(
        (action) => `control.${action}`,
      ),
      ...['control.drill', 'control.drill.release', 'rollout.create', 'rollout.start'],
    ]),
  );
});

test.each(operations.map((operation): [string, Operation] => [operation.id, operation]))(
  '%s asks for a key, its scope, and no tenant’s',
  async (_id, { method, path, access }) => {
    const ask = async (key: string) => {
      const filled = path.replaceAll(/\{\w+\}/g, 'some');
      const headers = { authorization: `Bearer ${key}` };
      const response = await fetch(server.url + filled, { method, headers });
      return [response.status, ((await response.json()) as { code?: string }).code];
    };
    expect(await ask('flk_no_good')).toEqual([401, 'UNAUTHENTICATED']);
    const others = SCOPES.filter((scope) => scope !== access.scope && scope !== 'admin');
    expect(await ask(await server.keyWith(others))).toEqual([403, 'INSUFFICIENT_SCOPE']);
    expect(
      await ask(
        await server.keyWith(
          [...SCOPES].filter((scope) => scope !== 'admin'),
          'acme',
        ),
      ),
    ).toEqual([403, 'OPERATORS_ONLY']);
  },
);

test('every refusal is one of those in the document', async () => {
  const calls = client('flk_no_good') as unknown as Record<string, (input: unknown) => Promise<unknown>>;
  const nothing = { id: 'none', name: 'none', kind: 'none', order: 'none' };
  for (const { id, method, path } of document.operations.filter(({ path }) => path.startsWith('/v1/'))) {
    for (const asked of [calls, api as unknown as typeof calls]) {
      const input = method === 'GET' || method === 'DELETE' ? nothing : { ...nothing, body: {} };
      const failed = await asked[id]?.(input).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failed !== undefined && !(failed instanceof ApiProblem)) throw failed;
      expect([path, failed?.status ?? 200]).toEqual([path, expect.any(Number)]);
    }
  }
  expect(offences).toEqual([]);
});

test('without leave no drill is begun, and one that runs can be ended', async () => {
  const closed = await openApi('off');
  try {
    const operator = createControllerClient({ url: closed.url, apiKey: closed.key, retry: false });
    const body = { signal: 'failure_rate', value: null, expiresInSeconds: 60, reason: 'x' } as const;
    await expect(operator.startDrill({ body })).rejects.toEqual(refusal('DRILLS_OFF'));
    expect(await operator.listDrills()).toEqual({ drills: [], areAllowed: false });
    const order = { reason: 'earlier', expiresInMs: 60_000 };
    await closed.ledger.overrides.drill('failure_rate', null, order, { actor: 'test' });
    await operator.stopDrill({ name: 'failure_rate' });
  } finally {
    await closed.close();
  }
}, 60_000);
