import {
  advanceSubject,
  canonicalText,
  DEFAULT_POLICY,
  type Difference,
  sealDecision,
  type Verification,
} from '@fairlead/core';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type ControlStates, createControlStates } from '../src/control/control-state.ts';
import { createDecisions, type Decisions } from '../src/control/decisions.ts';
import { createSpanExport } from '../src/control/span-export.ts';
import type { SubjectEnd } from '../src/control/subjects.ts';
import { createTicks } from '../src/control/ticks.ts';
import { verifyChain } from '../src/control/verify-chain.ts';
import { verifySubjects } from '../src/control/verify-subjects.ts';
import type { WriteOutcome } from '../src/control/write-tick.ts';
import { Prisma } from '../src/generated/client.ts';
import { createLeases, type Fence } from '../src/leases.ts';
import { type CountingDatabase, openCounting } from './counting.ts';
import { type LedgerServer, startLedgerServer } from './servers.ts';
import { POLICIES, POLICY_HASH, promotionTick, START_MS, sha256, WINDOW_MS } from './some-decisions.ts';

let server: LedgerServer;
let database: CountingDatabase;
let decisions: Decisions;
let states: ControlStates;
let fence: Fence;

beforeAll(async () => {
  server = await startLedgerServer();
  database = openCounting(await server.migrated());
  decisions = createDecisions(database);
  states = createControlStates(database);
});
afterAll(async () => {
  await database.close();
  await server.stop();
});
beforeEach(async () => {
  await database.query(Prisma.sql`TRUNCATE "Lease", "Decision", "TickRecord", "ControlState", "Policy"`);
  await database.query(Prisma.sql`UPDATE "ControlTick" SET "tick" = 0, "epoch" = 0, "correlationId" = ''`);
  const answer = await createLeases(database).acquire('controller', 'a', 600_000);
  if (answer.outcome !== 'held') throw new Error('it is not held');
  fence = answer.fence;
});

const subjectOf = (id: string) => ({ type: 'workspace', id }) as const;

/** Takes healthy ticks, a window apart, and writes them. */
async function tickThrough(workspaces: readonly string[], from: number, to: number): Promise<void> {
  for (let windows = from; windows <= to; windows++) {
    const tick = promotionTick(await states.read(), fence, workspaces, windows);
    expect(await decisions.write(tick)).toEqual({ outcome: 'written', tick: tick.after + 1 });
  }
}

async function everything() {
  const { tick, memories } = await states.read();
  const decided = await decisions.page({ limit: 1_000 });
  return { tick, promotion: memories?.of('promotion', 'workspace'), decided };
}

async function count(table: string): Promise<number> {
  const [row] = await database.query<{ n: number }>(
    Prisma.sql`SELECT count(*)::int4 AS n FROM ${Prisma.raw(`"${table}"`)}`,
  );
  return row?.n ?? -1;
}

test('before the first tick nothing is remembered', async () => {
  const reading = await states.read();
  expect(reading).toMatchObject({
    tick: 0,
    tickedAtMs: 0,
    rollouts: [],
    overrides: { pin: null, step: null },
  });
  expect(reading.memories?.of('promotion', 'workspace').size).toBe(0);
  expect(Math.abs(reading.nowMs - Date.now())).toBeLessThan(60_000);
});

test('everything decided about is told page by page, with the end of its chain', async () => {
  await tickThrough(['acme', 'globex', 'initech'], 0, 2);
  const first = await decisions.subjects({ limit: 2 });
  const rest = await decisions.subjects({ after: first.at(-1), limit: 2 });
  const ends = [...first, ...rest];
  expect(ends.map(({ subject }) => subject.id)).toEqual(['acme', 'globex', 'initech']);
  for (const { kind, subject, seq, hash } of ends) {
    const last = await decisions.get(`${kind}:${subject.id}:${seq}`);
    expect(last?.record).toMatchObject({ subject, hash });
  }
});

test('subjects of all kinds are told once each, however long the pages are', async () => {
  const kinds = [
    ['autoscale', 'cluster'],
    ['backpressure', 'cluster'],
    ['backpressure', 'workspace'],
    ['promotion', 'workspace'],
    ['rollout', 'rollout'],
  ] as const;
  const all = kinds.flatMap(([kind, type]) =>
    (type === 'cluster' ? ['cluster'] : ['a', 'b', 'c']).map((id) => `${kind} ${type} ${id}`),
  );
  for (const [kind, type, id] of all.map((one) => one.split(' '))) {
    await database.query(Prisma.sql`INSERT INTO "ControlState"
      VALUES (${kind}::"DecisionKind", ${type}::"DecisionSubject", ${id}, 1, ${POLICY_HASH}, '{}', '{}')`);
  }
  for (const limit of [1, 2, 4, 5, 100]) {
    const told: string[] = [];
    for (let after: SubjectEnd | undefined; ; ) {
      const page = await decisions.subjects({ after, limit });
      told.push(...page.map(({ kind, subject: { type, id } }) => `${kind} ${type} ${id}`));
      after = page.at(-1);
      // More than there are is a page that begins again.
      if (page.length < limit || told.length > all.length) break;
    }
    expect([limit, told.sort()]).toEqual([limit, all]);
  }
});

test('what a tick wrote is what the next one starts from', async () => {
  await tickThrough(['acme', 'globex'], 0, 4);
  const promotion = (await states.read()).memories?.of('promotion', 'workspace');
  const [last] = await decisions.page({ subjectId: 'acme', limit: 1 });
  const { id, seq, hash, policyHash, action, reasonCode, limiting, guardrail } = last?.record ?? {};
  expect(promotion?.get('acme')).toEqual({
    state: last?.record?.stateAfter,
    last: {
      ...{ id, seq, hash, policyHash, action, reasonCode, limiting, guardrail },
      operatorOverride: null,
      synthetic: false,
      stateAfter: last?.record?.stateAfter,
    },
  });
  expect(promotion?.get('globex')?.state).toMatchObject({ quota: 100 });
});

test('a leader that knows the last tick reads no states', async () => {
  await tickThrough(['acme'], 0, 0);
  const { memories, nowMs, tickedAtMs } = await states.read(1);
  expect(memories).toBeUndefined();
  expect(nowMs - tickedAtMs).toBeLessThan(60_000);
  expect((await states.read(0)).memories?.of('promotion', 'workspace').size).toBe(1);
});

test('subjects of one name and other kinds are kept apart', async () => {
  const kinds = [
    { kind: 'backpressure', subject: { type: 'workspace', id: 'cluster' } },
    { kind: 'backpressure', subject: { type: 'cluster', id: 'cluster' } },
  ] as const;
  const state = { level: 'none', reason: 'none', underTicks: 0, sinceMs: null } as const;
  const records = kinds.map(({ kind, subject }) => {
    const signals =
      subject.type === 'cluster'
        ? ({
            scope: 'cluster',
            redisMemoryBp: 9_000,
            contention: 'ok',
            backlog: 1,
            synthetic: false,
          } as const)
        : ({
            scope: 'workspace',
            backlog: 60,
            maxBacklog: 100,
            oldestRunnableMs: 0,
            waitingFor: null,
            synthetic: false,
          } as const);
    const context = { subject, epoch: fence.epoch, policyHash: POLICY_HASH, correlationId: 't' };
    const memory = { state, last: null };
    const advanced = advanceSubject(kind, memory, DEFAULT_POLICY, signals, START_MS, context, sha256);
    if (advanced.record === null) throw new Error('nothing to say');
    return advanced.record;
  });
  const tick = { after: 0, correlationId: 't', fence, records, policies: POLICIES };
  expect(await decisions.write(tick)).toMatchObject({ outcome: 'written' });
  const { memories } = await states.read();
  expect(memories?.of('backpressure', 'workspace').get('cluster')?.state.level).toBe('soft');
  expect(memories?.of('backpressure', 'cluster').get('cluster')?.state.level).toBe('hard');
  for (const { kind, subject } of kinds) {
    expect(await decisions.verify(kind, subject)).toMatchObject({ recomputed: 1, differences: [] });
  }
  const byId = async (id: string) => (await decisions.get(id))?.record?.subject;
  expect(await byId('backpressure:cluster:1')).toEqual({ type: 'workspace', id: 'cluster' });
  expect(await byId('backpressure:1')).toEqual({ type: 'cluster', id: 'cluster' });
});

test('a tick that is written again changes nothing, and is told that it is written', async () => {
  await tickThrough(['acme', 'globex'], 0, 1);
  const tick = promotionTick(await states.read(), fence, ['acme', 'globex'], 2);
  const outcomes: WriteOutcome[] = [await decisions.write(tick)];
  const before = await everything();
  outcomes.push(await decisions.write(tick));
  expect(outcomes).toEqual([
    { outcome: 'written', tick: 3 },
    { outcome: 'written', tick: 3 },
  ]);
  expect(await everything()).toEqual(before);
});

test('of the same tick twice at once one is written', async () => {
  const tick = promotionTick(await states.read(), fence, ['acme'], 0);
  await Promise.all([decisions.write(tick), decisions.write(tick)]);
  expect(await count('Decision')).toBe(1);
  expect((await states.read()).tick).toBe(1);
});

test('a tick that was decided upon an earlier one is refused whole', async () => {
  const late = promotionTick(await states.read(), fence, ['acme', 'globex'], 1);
  await tickThrough(['acme'], 0, 0);
  expect(await decisions.write(late)).toEqual({ outcome: 'out_of_step' });
  expect(await decisions.write({ ...late, after: 1 })).toEqual({ outcome: 'out_of_step' });
  expect(await decisions.page({ subjectId: 'globex', limit: 10 })).toEqual([]);
});

test('a tick of another epoch than the records is refused before it is sent', async () => {
  const tick = promotionTick(await states.read(), fence, ['acme'], 0);
  database.statements();
  await expect(decisions.write({ ...tick, fence: { ...fence, epoch: 2 } })).rejects.toMatchObject({
    code: 'INTERNAL',
  });
  expect(database.statements()).toBe(0);
});

test('several decisions of one subject in a tick are all kept, and the last one is remembered', async () => {
  await tickThrough(['acme'], 0, 0);
  const reading = await states.read();
  const first = promotionTick(reading, fence, ['acme'], 2).records[0];
  if (first?.kind !== 'promotion') throw new Error('no record');
  const input = {
    kind: 'promotion',
    state: first.stateAfter,
    signals: first.signals,
    now: first.evaluatedAt,
  } as const;
  const { subject, epoch, policyHash, correlationId } = first;
  const again = advanceSubject(
    'promotion',
    { state: first.stateAfter, last: first },
    DEFAULT_POLICY,
    { ...input.signals, window: null },
    input.now,
    { subject, epoch, policyHash, correlationId },
    sha256,
  ).record;
  if (again === null) throw new Error('no second record');
  const tick = { after: 1, correlationId, fence, records: [first, again], policies: POLICIES };
  expect(await decisions.write(tick)).toMatchObject({ outcome: 'written' });
  expect((await states.read()).memories?.of('promotion', 'workspace').get('acme')?.last.seq).toBe(3);
  expect(await decisions.verify('promotion', subjectOf('acme'))).toMatchObject({
    recomputed: 3,
    differences: [],
  });
});

test('a chain that was read back verifies, from its first record to its end', async () => {
  await tickThrough(['acme', 'globex'], 0, 5);
  for (const id of ['acme', 'globex']) {
    const verification = await decisions.verify('promotion', subjectOf(id));
    expect(verification).toMatchObject({ subjects: 1, differences: [] });
    expect(verification.recomputed).toBeGreaterThanOrEqual(6);
  }
});

const CHANGES = [
  [
    'a number in a record',
    `UPDATE "Decision" SET "record" = replace("record"::text, '"finished":100', '"finished":101')::json WHERE "seq" = 3`,
    'changed',
  ],
  [
    'a space in a record',
    `UPDATE "Decision" SET "record" = replace("record"::text, '"seq":3', '"seq": 3')::json WHERE "seq" = 3`,
    'malformed',
  ],
  ['a column', `UPDATE "Decision" SET "reasonCode" = 'gate_open' WHERE "seq" = 2`, 'changed'],
  [
    'a time',
    `UPDATE "Decision" SET "evaluatedAt" = "evaluatedAt" + interval '1 ms' WHERE "seq" = 2`,
    'changed',
  ],
  ['a row that is gone', `DELETE FROM "Decision" WHERE "seq" = 3`, 'gap'],
  ['an end that is cut off', `DELETE FROM "Decision" WHERE "seq" >= 4`, 'gap'],
  [
    'a policy',
    `UPDATE "Policy" SET "policy" = replace("policy"::text, '"promotedQuota":100', '"promotedQuota":101')::json`,
    'unknown_policy',
  ],
] as const;

test.each(CHANGES)('%s is found', async (_, sql, code) => {
  await tickThrough(['acme'], 0, 5);
  await database.query(Prisma.raw(sql));
  const { differences, ...sums } = await decisions.verify('promotion', subjectOf('acme'));
  expect(differences.map((difference) => difference.code)).toContain(code);
  // A long chain is read page by page: wherever one ends, the same is found.
  const sorted = (all: typeof differences) =>
    all.map(({ id, code, words }) => `${id} ${code} ${words}`).sort();
  for (const pageSize of [1, 2, 3]) {
    const paged = await verifyChain(database, 'promotion', subjectOf('acme'), pageSize);
    expect(paged).toMatchObject(sums);
    expect(sorted(paged.differences)).toEqual(sorted(differences));
  }
});

/** Verifies everything, in pages of that many records. */
async function verifyAll(pageSize: number): Promise<Verification & { readonly pages: number }> {
  const ends = await decisions.subjects({ limit: 1_000 });
  const differences: Difference[] = [];
  const sum = { recomputed: 0, otherVersion: 0, subjects: 0, pages: 0 };
  for (let from = 0; from < ends.length; sum.pages += 1) {
    const page = await verifySubjects(database, ends.slice(from), pageSize);
    from += page.taken;
    sum.recomputed += page.recomputed;
    sum.otherVersion += page.otherVersion;
    sum.subjects += page.subjects;
    differences.push(...page.differences);
  }
  return { ...sum, differences };
}

test('many subjects are verified in pages, a long chain alone', async () => {
  await tickThrough(['acme', 'globex', 'initech', 'umbrella'], 0, 2);
  await tickThrough(['globex'], 3, 5);
  const whole = { recomputed: 15, subjects: 4, differences: [] };
  expect(await decisions.verifyNext(undefined)).toMatchObject({ ...whole, next: undefined });
  expect(await decisions.verifyNext({ kind: 'promotion', subject: subjectOf('globex') })).toMatchObject({
    ...{ recomputed: 6, subjects: 2, differences: [], next: undefined },
  });
  for (const [pageSize, pages] of [
    [100, 1],
    [9, 2],
    [6, 3],
    [5, 4],
    [1, 4],
  ] as const) {
    expect(await verifyAll(pageSize)).toMatchObject({ ...whole, pages });
  }
});

test.each(CHANGES)('%s is found among many subjects too', async (_, sql, code) => {
  await tickThrough(['acme', 'globex'], 0, 5);
  await database.query(Prisma.raw(sql));
  const one = async (id: string) => (await decisions.verify('promotion', subjectOf(id))).differences;
  const found = [...(await one('acme')), ...(await one('globex'))];
  expect(found.map((difference) => difference.code)).toContain(code);
  const sorted = (all: readonly Difference[]) => all.map(({ id, words }) => `${id} ${words}`).sort();
  for (const pageSize of [2, 6, 100]) {
    expect(sorted((await verifyAll(pageSize)).differences)).toEqual(sorted(found));
  }
});

test('a record with its own hash in place of another is found', async () => {
  await tickThrough(['acme'], 0, 5);
  const stored = (await decisions.get('promotion:acme:3'))?.record;
  if (stored?.kind !== 'promotion') throw new Error('no record');
  const { hash: _, ...record } = stored;
  const { subject, epoch, policyHash, correlationId, previousId, previousHash } = record;
  if (previousId === null || previousHash === null) throw new Error('it is the first');
  const input = {
    kind: 'promotion',
    state: record.stateBefore,
    signals: record.signals,
    now: record.evaluatedAt,
  } as const;
  const forged = sealDecision(
    { subject, epoch, policyHash, correlationId, previous: { id: previousId, seq: 2, hash: previousHash } },
    input,
    { decision: { ...record, to: 100 }, nextState: record.stateAfter },
    sha256,
  );
  await database.query(
    Prisma.sql`UPDATE "Decision" SET "record" = ${canonicalText(forged)}::json WHERE "seq" = 3`,
  );
  const { differences } = await decisions.verify('promotion', subjectOf('acme'));
  expect(new Set(differences.map(({ code }) => code))).toEqual(new Set(['recomputed_differently', 'gap']));
});

test('a decision is found by its id', async () => {
  await tickThrough(['acme'], 0, 1);
  expect((await decisions.get('promotion:acme:1'))?.record?.id).toBe('promotion:acme:1');
  for (const id of [
    'promotion:acme:9',
    'rollout:acme:1',
    'promotion:acme:1 ',
    'promotion:acme:99999999999',
    '',
  ]) {
    expect(await decisions.get(id)).toBeUndefined();
  }
});

test('a page goes back in time, a tail goes on, and neither misses or repeats any', async () => {
  await tickThrough(['acme', 'globex', 'initech'], 0, 3);
  const all = await decisions.page({ limit: 1_000 });
  const total = await count('Decision');
  expect(all).toHaveLength(total);
  const [back, on]: number[][] = [[], []];
  for (let before: number | undefined; ; ) {
    const page = await decisions.page({ before, limit: 5 });
    back?.push(...page.map(({ position }) => position));
    before = page.at(-1)?.position;
    if (page.length < 5) break;
  }
  for (let after = 0; ; ) {
    const page = await decisions.tail({ after, limit: 5 });
    on?.push(...page.map(({ position }) => position));
    after = page.at(-1)?.position ?? after;
    if (page.length < 5) break;
  }
  expect(back).toEqual(all.map(({ position }) => position));
  expect(on).toEqual(back?.toReversed());
});

test('decisions are selected by kind, subject, reason, change and time', async () => {
  await tickThrough(['acme', 'globex'], 0, 4);
  const select = async (selection: Partial<Parameters<Decisions['page']>[0]>) =>
    (await decisions.page({ limit: 1_000, ...selection })).map(({ record }) => record);
  expect(await select({ kind: 'autoscale' })).toEqual([]);
  expect(new Set((await select({ subjectId: 'acme' })).map((record) => record?.subject.id))).toEqual(
    new Set(['acme']),
  );
  const opened = await select({ reasonCode: 'gate_open' });
  expect(opened.map((record) => record?.subject.id).sort()).toEqual(['acme', 'globex']);
  expect(await select({ isChange: true })).toEqual(opened);
  const sinceMs = START_MS + 2 * WINDOW_MS;
  const [late, early] = [await select({ sinceMs }), await select({ untilMs: sinceMs })];
  expect(late.every((record) => record && record.evaluatedAt >= sinceMs)).toBe(true);
  expect(late.length + early.length).toBe(await count('Decision'));
  expect(Math.min(late.length, early.length)).toBeGreaterThan(0);
});

test('a decision tells for how many ticks it stood', async () => {
  await tickThrough(['acme'], 0, 0);
  for (let quiet = 0; quiet < 3; quiet++) {
    const tick = { ...promotionTick(await states.read(), fence, [], 0), correlationId: `quiet:${quiet}` };
    expect(await decisions.write(tick)).toMatchObject({ outcome: 'written' });
  }
  expect(await decisions.page({ limit: 10 })).toMatchObject([{ stoodTicks: 4 }]);
  await tickThrough(['acme'], 1, 1);
  expect((await decisions.page({ limit: 10 })).map(({ stoodTicks }) => stoodTicks)).toEqual([1, 4]);
  const [last, first] = await decisions.page({ limit: 10 });
  expect(last?.previous).toMatchObject({ correlationId: first?.record?.correlationId, stoodTicks: 4 });
  expect(first?.previous).toBeUndefined();
  expect(last?.writtenAtMs).toBeGreaterThanOrEqual(first?.writtenAtMs ?? Number.POSITIVE_INFINITY);
});

test('a decision names the jobs that it was taken for, its tick, and the decision before it', async () => {
  await tickThrough(['acme', 'globex'], 0, 0);
  const tick = promotionTick(await states.read(), fence, ['acme', 'globex'], 1);
  const evidence = new Map([['promotion:acme:2', ['00-a-1-01', '00-b-2-01']]]);
  await decisions.write({ ...tick, evidence });
  const [acme, globex, first] = await Promise.all(
    ['promotion:acme:2', 'promotion:globex:2', 'promotion:acme:1'].map((id) => decisions.get(id)),
  );
  expect(acme).toMatchObject({ tick: 2, evidence: ['00-a-1-01', '00-b-2-01'] });
  expect(acme?.previous).toMatchObject({
    correlationId: first?.record?.correlationId,
    evaluatedAtMs: first?.record?.evaluatedAt,
  });
  expect(globex?.evidence).toEqual([]);
  expect(first).toMatchObject({ tick: 1, evidence: [], previous: undefined });
  await database.query(Prisma.sql`DELETE FROM "Decision" WHERE "seq" = 1`);
  expect((await decisions.get('promotion:acme:2'))?.previous).toBeUndefined();
});

test('each tick leaves a row, also one that decided nothing new, and the oldest go', async () => {
  const ticks = createTicks(database);
  await tickThrough(['acme', 'globex'], 0, 0);
  await decisions.write({
    ...promotionTick(await states.read(), fence, [], 0),
    correlationId: 'quiet',
    startedAtMs: START_MS,
    durations: { gather: 12, decide: 3.5 },
    repeats: 2,
  });
  const all = await ticks.tail({ after: 0, limit: 10 });
  expect(all).toMatchObject([
    { tick: 1, records: 2, repeats: 0, durations: {}, epoch: fence.epoch },
    { tick: 2, correlationId: 'quiet', records: 0, repeats: 2, durations: { gather: 12, decide: 3.5 } },
  ]);
  expect(all[1]?.startedAt).toEqual(new Date(START_MS));
  expect(await ticks.tail({ after: 1, limit: 10 })).toEqual(all.slice(1));
  expect(await ticks.get([2, 9])).toEqual(all.slice(1));
  await database.query(Prisma.sql`UPDATE "TickRecord" SET "tick" = "tick" - 5758`);
  await tickThrough(['acme'], 1, 1);
  expect((await ticks.tail({ after: -9_999, limit: 10 })).map(({ tick }) => tick)).toEqual([-5_756, 3]);
});

test('how far the spans are out only moves on', async () => {
  const spans = createSpanExport(database);
  expect(await spans.cursor()).toBe(0);
  for (const position of [7, 3, 9, 8]) await spans.advance(position);
  expect(await spans.cursor()).toBe(9);
});

test('what is past its retention goes, the oldest first, but for the last of each subject', async () => {
  await tickThrough(['acme', 'globex'], 0, 3);
  const total = await count('Decision');
  expect(await decisions.prune(3_600_000, 100)).toBe(0);
  await database.query(Prisma.sql`UPDATE "Decision" SET "writtenAt" = now() - interval '1 day'`);
  expect(await decisions.prune(3_600_000, 3)).toBe(3);
  expect(await decisions.verify('promotion', subjectOf('acme'))).toMatchObject({ differences: [] });
  expect(await decisions.prune(3_600_000, 100)).toBe(total - 5);
  for (const id of ['acme', 'globex']) {
    expect(await decisions.verify('promotion', subjectOf(id))).toMatchObject({
      recomputed: 1,
      differences: [],
    });
  }
  await tickThrough(['acme'], 4, 4);
});

test('a policy is stored once under its hash', async () => {
  await tickThrough(['acme'], 0, 2);
  expect(await decisions.policy(POLICY_HASH)).toEqual(DEFAULT_POLICY);
  expect(await decisions.policy('0'.repeat(64))).toBeUndefined();
  expect(await count('Policy')).toBe(1);
});

test('a tick is two statements, however many workspaces it decides on', async () => {
  for (const size of [1, 2_000]) {
    const workspaces = Array.from({ length: size }, (_, i) => `w${size}-${i}`);
    database.statements();
    const reading = await states.read();
    expect(await decisions.write(promotionTick(reading, fence, workspaces, 0))).toMatchObject({
      outcome: 'written',
    });
    expect(database.statements()).toBe(2);
  }
  expect((await states.read()).memories?.of('promotion', 'workspace').size).toBe(2_001);
});
