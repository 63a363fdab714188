import {
  advanceSubject,
  DEFAULT_POLICY,
  type DecisionRecord,
  INITIAL_ROLLOUT,
  type RolloutCommand,
  type RolloutSignals,
  type RolloutState,
  type SubjectMemory,
} from '@fairlead/core';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type Audit, createAudit } from '../src/audit.ts';
import { type ControlStates, createControlStates } from '../src/control/control-state.ts';
import { createDecisions, type Decisions } from '../src/control/decisions.ts';
import { createOverrides, type Overrides } from '../src/control/overrides.ts';
import { createRollouts, type Rollouts } from '../src/control/rollouts.ts';
import { Prisma } from '../src/generated/client.ts';
import { createLeases, type Fence } from '../src/leases.ts';
import { type CountingDatabase, openCounting } from './counting.ts';
import { type LedgerServer, startLedgerServer } from './servers.ts';
import { POLICIES, POLICY_HASH, START_MS, sha256 } from './some-decisions.ts';

let server: LedgerServer;
let database: CountingDatabase;
let overrides: Overrides;
let rollouts: Rollouts;
let states: ControlStates;
let decisions: Decisions;
let audit: Audit;
let fence: Fence;

beforeAll(async () => {
  server = await startLedgerServer();
  database = openCounting(await server.migrated());
  overrides = createOverrides(database);
  rollouts = createRollouts(database);
  states = createControlStates(database);
  decisions = createDecisions(database);
  audit = createAudit(database);
});
afterAll(async () => {
  await database.close();
  await server.stop();
});
beforeEach(async () => {
  await database.query(Prisma.sql`
    TRUNCATE "Lease", "Decision", "TickRecord", "ControlState", "OperatorOverride", "Rollout", "RolloutStage", "AuditEntry"`);
  await database.query(Prisma.sql`UPDATE "ControlTick" SET "tick" = 0, "epoch" = 0, "correlationId" = ''`);
  const answer = await createLeases(database).acquire('controller', 'a', 600_000);
  if (answer.outcome !== 'held') throw new Error('it is not held');
  fence = answer.fence;
});

const ANN = { actor: 'key:ann' };
const BOB = { actor: 'key:bob' };
const HOUR_MS = 3_600_000;

const expireAll = () =>
  database.query(Prisma.sql`UPDATE "OperatorOverride" SET "expiresAt" = now() - interval '1 s'`);

test('a pin is in force until it expires, by the clock of Postgres, and the tick reads it', async () => {
  const pinned = await overrides.pin(222, { reason: 'a test', expiresInMs: HOUR_MS }, ANN);
  const expiresAtMs = Number(pinned.expiresAt);
  expect((await states.read()).overrides.pin).toEqual({ capacity: 222, actor: 'key:ann', expiresAtMs });
  expect((await overrides.inForce()).pin).toEqual({ capacity: 222, actor: 'key:ann', expiresAtMs });
  await expireAll();
  expect((await states.read()).overrides.pin).toBeNull();
  expect(await overrides.list()).toMatchObject([{ kind: 'pin', value: 222, isInForce: false }]);
});

test('a drill is in force until it expires, with a value or without, and the tick reads it', async () => {
  const hour = { reason: 'an exercise', expiresInMs: HOUR_MS };
  await overrides.drill('failure_rate', 500, hour, ANN);
  const { expiresAt } = await overrides.drill('claim_latency', null, hour, BOB);
  const drills = [
    { signal: 'claim_latency', value: null, actor: 'key:bob', expiresAtMs: Number(expiresAt) },
    { signal: 'failure_rate', value: 500, actor: 'key:ann', expiresAtMs: expect.any(Number) },
  ];
  expect((await states.read()).overrides.drills).toEqual(drills);
  expect(await overrides.release('drill', 'failure_rate', ANN)).toBe(true);
  expect((await overrides.inForce()).drills).toEqual(drills.slice(0, 1));
  expect((await audit.page({ limit: 9 })).map(({ action, subject }) => [action, subject])).toEqual([
    ['control.drill.release', 'drill:failure_rate'],
    ['control.drill', 'drill:claim_latency'],
    ['control.drill', 'drill:failure_rate'],
  ]);
  await expireAll();
  expect((await overrides.inForce()).drills).toEqual([]);
  await expect(overrides.drill('nothing' as never, 1, hour, ANN)).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
  });
});

test('a new pin replaces the old one, which does not come back when the new one ends', async () => {
  await overrides.pin(5_000, { reason: 'long', expiresInMs: 9 * HOUR_MS }, ANN);
  await overrides.pin(2_000, { reason: 'short', expiresInMs: HOUR_MS }, BOB);
  expect((await overrides.inForce()).pin).toMatchObject({ capacity: 2_000, actor: 'key:bob' });
  expect(await overrides.release('pin', 'capacity', ANN)).toBe(true);
  expect((await overrides.inForce()).pin).toBeNull();
  expect(await overrides.release('pin', 'capacity', ANN)).toBe(false);
});

test('the number of steps rises with each, also after one was taken back', async () => {
  const terms = { reason: 'more', expiresInMs: HOUR_MS };
  await overrides.step(64, terms, ANN);
  expect((await overrides.inForce()).step).toMatchObject({ number: 1, by: 64 });
  await overrides.release('step', 'capacity', ANN);
  expect((await overrides.inForce()).step).toBeNull();
  await overrides.step(-128, terms, ANN);
  expect((await overrides.inForce()).step).toMatchObject({ number: 2, by: -128 });
});

test('one workspace is frozen, or all are, and a kind of decision is switched off', async () => {
  await overrides.freeze('acme', { reason: 'launch day' }, ANN);
  await overrides.freeze(undefined, { reason: 'audit', expiresInMs: HOUR_MS }, BOB);
  await overrides.switchOff('promotion', { reason: 'bad day' }, ANN);
  const { freezes, off } = (await states.read()).overrides;
  expect(freezes.get('acme')).toEqual({ actor: 'key:ann', expiresAtMs: null });
  expect(freezes.get('*')).toEqual({ actor: 'key:bob', expiresAtMs: expect.any(Number) });
  expect([...off]).toEqual(['promotion']);
  await overrides.release('switch', 'promotion', ANN);
  expect((await overrides.inForce()).off.size).toBe(0);
});

test('who ordered what, in place of what, and why is in the audit', async () => {
  await overrides.pin(300, { reason: 'first', expiresInMs: HOUR_MS }, ANN);
  await overrides.pin(200, { reason: 'second', expiresInMs: HOUR_MS }, BOB);
  await overrides.freeze('acme', { reason: 'launch' }, ANN);
  await overrides.release('pin', 'capacity', ANN);
  await overrides.release('pin', 'capacity', ANN);
  expect(await audit.page({ limit: 10 })).toMatchObject([
    { actor: 'key:ann', action: 'control.pin.release', subject: 'pin:capacity', before: { value: 200 } },
    { action: 'control.freeze', subject: 'freeze:acme', workspace: 'acme', before: null },
    {
      actor: 'key:bob',
      action: 'control.pin',
      before: { value: 300 },
      after: { value: 200, reason: 'second' },
    },
    {
      actor: 'key:ann',
      action: 'control.pin',
      workspace: null,
      before: null,
      after: { value: 300, reason: 'first' },
    },
  ]);
});

test('an order is one statement', async () => {
  database.statements();
  await overrides.pin(300, { reason: 'x', expiresInMs: HOUR_MS }, ANN);
  expect(database.statements()).toBe(1);
});

test.each([
  ['a fraction', () => overrides.pin(1.5, { reason: '', expiresInMs: 1 }, ANN)],
  ['less than nothing', () => overrides.pin(-1, { reason: '', expiresInMs: 1 }, ANN)],
  ['more than a column holds', () => overrides.step(2 ** 31, { reason: '', expiresInMs: 1 }, ANN)],
  ['an end in the past', () => overrides.pin(1, { reason: '', expiresInMs: 0 }, ANN)],
  ['a reason with NUL', () => overrides.pin(1, { reason: '\u0000', expiresInMs: 1 }, ANN)],
  ['an unknown kind', () => overrides.switchOff('weather' as never, { reason: '' }, ANN)],
])('an order with %s is refused', async (_, order) => {
  await expect(order()).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  expect(await overrides.list()).toEqual([]);
});

const NOT_KNOWN = {
  enqueues: null,
  enqueueFailures: null,
  duplicateDispatches: null,
  finished: null,
  dead: null,
  queueAgeP95Ms: null,
};
const WELL = {
  enqueues: 500,
  enqueueFailures: 0,
  duplicateDispatches: 0,
  finished: 500,
  dead: 0,
  queueAgeP95Ms: 100,
};

/** One tick of a rollout, `minutes` after the start, with what the ledger says of it. */
async function rolloutTick(
  name: string,
  minutes: number,
  signals: Partial<RolloutSignals> = {},
): Promise<DecisionRecord> {
  const { tick: after, memories, rollouts: open } = await states.read();
  const now = START_MS + minutes * 60_000;
  const remembered = memories?.of('rollout', 'rollout').get(name);
  const memory = { ...(remembered ?? { state: INITIAL_ROLLOUT, last: null }) };
  const command = (open.find((rollout) => rollout.name === name)?.command ?? null) as RolloutCommand | null;
  const seen: RolloutSignals = {
    ...{ countedSinceMs: null, cohort: NOT_KNOWN, rest: NOT_KNOWN, duplicatesTotal: 0, synthetic: false },
    ...signals,
    command,
  };
  const correlationId = `tick:${minutes}`;
  const context = {
    subject: { type: 'rollout', id: name },
    epoch: fence.epoch,
    policyHash: POLICY_HASH,
    correlationId,
  } as const;
  const { record } = advanceSubject(
    'rollout',
    memory as SubjectMemory<'rollout'>,
    DEFAULT_POLICY,
    seen,
    now,
    context,
    sha256,
  );
  if (record === null) throw new Error('a repeat');
  const tick = { after, correlationId, fence, records: [record], policies: POLICIES };
  expect(await decisions.write(tick)).toMatchObject({ outcome: 'written' });
  return record;
}

const held = (record: DecisionRecord) => ({
  countedSinceMs: (record.stateAfter as RolloutState).holdStartMs,
  cohort: WELL,
  rest: WELL,
});

test('a rollout is drafted, started, held, advanced and aborted, and its stages are rows', async () => {
  expect(await rollouts.create({ name: 'r1', feature: 'promotion' }, ANN)).toMatchObject({
    outcome: 'created',
  });
  expect(await rollouts.order('r1', 'start', ANN)).toEqual({ outcome: 'ordered', number: 1 });
  expect((await rollouts.get('r1'))?.status).toBe('draft');
  const started = await rolloutTick('r1', 0);
  expect(started.reasonCode).toBe('stage_started');
  expect(await rollouts.get('r1')).toMatchObject({
    ...{ status: 'running', stage: 0, shareBp: 500, orderTaken: 1, endedAt: null },
    stages: [{ stage: 0, shareBp: 500, startedAt: new Date(START_MS), endedAt: null, outcome: null }],
  });
  expect((await rolloutTick('r1', 30, held(started))).reasonCode).toBe('stage_passed');
  expect((await rolloutTick('r1', 31, held(started))).reasonCode).toBe('advanced');
  expect(await rollouts.order('r1', 'pause', BOB)).toMatchObject({ outcome: 'ordered' });
  expect((await rolloutTick('r1', 32)).reasonCode).toBe('paused');
  expect(await rollouts.order('r1', 'resume', BOB)).toMatchObject({ outcome: 'ordered' });
  expect((await rolloutTick('r1', 33)).reasonCode).toBe('resumed');
  expect(await rollouts.order('r1', 'abort', BOB)).toMatchObject({ outcome: 'ordered', number: 4 });
  expect((await rolloutTick('r1', 34)).reasonCode).toBe('aborted');
  expect(await rollouts.get('r1')).toMatchObject({
    ...{ status: 'aborted', shareBp: 0, orderTaken: 4, endedAt: expect.any(Date) },
    stages: [
      { stage: 0, shareBp: 500, outcome: 'advanced', cohortFinished: 500 },
      { stage: 1, shareBp: 2_500, outcome: 'aborted', endedAt: new Date(START_MS + 34 * 60_000) },
    ],
  });
  expect((await states.read()).rollouts).toEqual([]);
  expect(await decisions.verify('rollout', { type: 'rollout', id: 'r1' })).toMatchObject({ differences: [] });
  expect((await audit.page({ limit: 10 })).map(({ action }) => action)).toEqual([
    ...['rollout.abort', 'rollout.resume', 'rollout.pause', 'rollout.start', 'rollout.create'],
  ]);
});

test('who has a feature is decided by its last rollout that was started', async () => {
  await rollouts.create({ name: 'r1', feature: 'promotion' }, ANN);
  expect(await rollouts.deciding()).toEqual([]);
  await rollouts.order('r1', 'start', ANN);
  await rolloutTick('r1', 0);
  const r1 = { name: 'r1', feature: 'promotion' };
  expect(await rollouts.deciding()).toEqual([{ ...r1, shareBp: 500, endedAt: null }]);
  await rollouts.order('r1', 'abort', ANN);
  await rolloutTick('r1', 1);
  expect(await rollouts.deciding()).toEqual([{ ...r1, shareBp: 0, endedAt: expect.any(Date) }]);
  // One that never began takes nothing from it.
  await rollouts.create({ name: 'r2', feature: 'promotion' }, ANN);
  await rollouts.order('r2', 'abort', ANN);
  await rolloutTick('r2', 2);
  expect(await rollouts.deciding()).toMatchObject([r1]);
  await rollouts.create({ name: 'r3', feature: 'promotion' }, ANN);
  await rollouts.order('r3', 'start', ANN);
  await rolloutTick('r3', 3);
  expect(await rollouts.deciding()).toMatchObject([{ name: 'r3', shareBp: 500 }]);
});

test('old rollouts go with their decisions, but for the one that decides who has a feature', async () => {
  for (const name of ['r1', 'r2', 'r3']) {
    await rollouts.create({ name, feature: 'promotion' }, ANN);
    if (name !== 'r2') await rollouts.order(name, 'start', ANN);
    if (name !== 'r2') await rolloutTick(name, 0);
    await rollouts.order(name, 'abort', ANN);
    await rolloutTick(name, 1);
  }
  expect(await rollouts.prune(HOUR_MS, 10)).toBe(0);
  await database.query(Prisma.sql`UPDATE "Rollout" SET "endedAt" = "endedAt" - interval '1 day'`);
  expect(await rollouts.prune(HOUR_MS, 1)).toBe(1);
  expect(await rollouts.prune(HOUR_MS, 10)).toBe(1);
  expect((await rollouts.list()).map(({ name }) => name)).toEqual(['r3']);
  expect((await decisions.page({ limit: 10 })).map(({ record }) => record?.subject.id)).toEqual(['r3', 'r3']);
  // A name may be used again: its decisions begin at 1.
  await rollouts.create({ name: 'r1', feature: 'promotion' }, ANN);
  await rollouts.order('r1', 'start', ANN);
  expect((await rolloutTick('r1', 9)).seq).toBe(1);
});

test('a stop criterion takes a rollout back to nobody in one tick', async () => {
  await rollouts.create({ name: 'r1', feature: 'promotion' }, ANN);
  await rollouts.order('r1', 'start', ANN);
  const started = await rolloutTick('r1', 0);
  const bad = { ...held(started), duplicatesTotal: 1 };
  expect((await rolloutTick('r1', 1, bad)).reasonCode).toBe('stop_duplicate_send');
  expect(await rollouts.get('r1')).toMatchObject({
    ...{ status: 'rolled_back', shareBp: 0 },
    stages: [{ outcome: 'stop_duplicate_send' }],
  });
});

test('an order that waits for its tick is overtaken by an abort only', async () => {
  await rollouts.create({ name: 'r1', feature: 'promotion' }, ANN);
  await rollouts.order('r1', 'start', ANN);
  await rolloutTick('r1', 0);
  await rollouts.order('r1', 'pause', ANN);
  expect(await rollouts.order('r1', 'pause', ANN)).toEqual({
    outcome: 'refused',
    status: 'running',
    pending: 'pause',
  });
  expect(await rollouts.order('r1', 'abort', ANN)).toMatchObject({ outcome: 'ordered', number: 3 });
  expect(await rollouts.order('r1', 'abort', ANN)).toMatchObject({ outcome: 'refused', pending: 'abort' });
});

test('an order that makes no sense is refused with the status', async () => {
  expect(await rollouts.order('r1', 'start', ANN)).toEqual({ outcome: 'unknown' });
  await rollouts.create({ name: 'r1', feature: 'promotion' }, ANN);
  expect(await rollouts.order('r1', 'resume', ANN)).toEqual({
    outcome: 'refused',
    status: 'draft',
    pending: undefined,
  });
});

test('a feature has one rollout at a time, and a name is used once', async () => {
  await rollouts.create({ name: 'r1', feature: 'promotion' }, ANN);
  expect(await rollouts.create({ name: 'r1', feature: 'other' }, ANN)).toEqual({ outcome: 'name_taken' });
  expect(await rollouts.create({ name: 'r2', feature: 'promotion' }, ANN)).toEqual({
    outcome: 'feature_busy',
    rollout: 'r1',
  });
  await rollouts.order('r1', 'abort', ANN);
  await rolloutTick('r1', 0);
  expect(await rollouts.create({ name: 'r2', feature: 'promotion' }, ANN)).toMatchObject({
    outcome: 'created',
  });
  expect((await rollouts.list()).map(({ name }) => name)).toEqual(['r2', 'r1']);
});
