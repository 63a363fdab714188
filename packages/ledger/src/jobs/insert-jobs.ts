import { FairleadError } from '@fairlead/core';
import { retryConflicts } from '../conflicts.ts';
import type { Database } from '../database.ts';
import { type JobState, Prisma } from '../generated/client.ts';
import type { AcceptOutcome, JobToAccept } from './job-to-accept.ts';

export interface RelayTimes {
  /** How long a dispatcher may take to add an accepted job to Redis before the relay does. */
  readonly relayGraceMs: number;
  /** Jobs due later than this from now stay out of Redis until then. */
  readonly horizonMs: number;
}

/** Between the two statements a job may be pruned, and its key is free again. */
const MAX_ROUNDS = 3;

/**
 * Inserts what is new and answers for every item, in their order: one statement, and a second one when some were there
 * before. Items with equal keys are one row, the first one's.
 */
export async function insertJobs(
  database: Database,
  items: readonly JobToAccept[],
  times: RelayTimes,
): Promise<AcceptOutcome[]> {
  const firsts = firstOfEachKey(items);
  const answers = new Map<string, AcceptOutcome | Stored>();
  let open = inOneOrder(firsts);
  for (let round = 1; open.length > 0; round++) {
    if (round > MAX_ROUNDS) throw new FairleadError('INTERNAL', 'Jobs with these keys come and go too fast.');
    const inserting = open;
    for (const row of await retryConflicts(() => insert(database, inserting, times))) {
      answers.set(row.id, { outcome: 'accepted', id: row.id, dueLater: row.dueLater });
    }
    open = open.filter((item) => !answers.has(item.id));
    if (open.length > 0) {
      for (const { place, ...stored } of await readStored(database, open)) {
        const item = open[place];
        if (item !== undefined) answers.set(item.id, stored);
      }
      open = open.filter((item) => !answers.has(item.id));
    }
  }
  return items.map((item) => {
    const first = firsts.get(keyOf(item)) ?? item;
    const answer = answers.get(first.id);
    if (answer === undefined) throw new Error(`No answer for job ${first.id}.`);
    if ('outcome' in answer) {
      return first === item ? answer : repeated(item, { ...first, state: 'accepted' });
    }
    return repeated(item, answer);
  });
}

interface Stored {
  readonly id: string;
  readonly state: JobState;
  readonly requestHash?: string | null | undefined;
}

function repeated(item: JobToAccept, stored: Stored): AcceptOutcome {
  return (stored.requestHash ?? undefined) === item.requestHash
    ? { outcome: 'duplicate', id: stored.id, state: stored.state }
    : { outcome: 'key_reused', id: stored.id };
}

/** The NUL is in neither part, and sorts before all: the parts cannot run into each other. */
function keyOf(item: JobToAccept): string {
  const { workspace, idempotencyKey, id } = item;
  return idempotencyKey === undefined ? `\u0000${id}` : `${workspace}\u0000${idempotencyKey}`;
}

function firstOfEachKey(items: readonly JobToAccept[]): Map<string, JobToAccept> {
  const firsts = new Map<string, JobToAccept>();
  for (const item of items) {
    const key = keyOf(item);
    if (!firsts.has(key)) firsts.set(key, item);
  }
  return firsts;
}

/**
 * One order for everybody: two batches that insert the same keys in opposite orders would deadlock. Jobs without a key
 * meet nobody, since their ids are new.
 */
function inOneOrder(firsts: ReadonlyMap<string, JobToAccept>): JobToAccept[] {
  const items = [...firsts.values()];
  if (items.every((item) => item.idempotencyKey === undefined)) return items;
  return [...firsts].sort(([a], [b]) => (a < b ? -1 : Number(a > b))).map(([, item]) => item);
}

function insert(
  database: Database,
  items: readonly JobToAccept[],
  { relayGraceMs, horizonMs }: RelayTimes,
): Promise<{ id: string; dueLater: boolean }[]> {
  const column = <T>(of: (item: JobToAccept) => T) => items.map(of);
  // A scan of unnest gives its rows in the order of the arrays, and the insert takes them as they come.
  return database.query(Prisma.sql`/* prepared: accept */
    INSERT INTO "Job" ("id", "workspace", "type", "payload", "options", "maxAttempts", "priority", "runAt", "relayAt",
      "idempotencyKey", "requestHash", "traceparent", "createdAt")
    SELECT id, workspace, type, payload, options, max_attempts, priority, run_at,
      greatest(now + ${relayGraceMs} * interval '1 ms', run_at - ${horizonMs} * interval '1 ms'),
      idempotency_key, request_hash, traceparent, now
    FROM (
      SELECT *, to_timestamp(run_at_ms / 1000) AS run_at, clock_timestamp() AS now FROM unnest(
        ${column((item) => item.id)}::uuid[],
        ${column((item) => item.workspace)}::text[],
        ${column((item) => item.type)}::text[],
        ${column((item) => item.payloadJson)}::jsonb[],
        ${column((item) => JSON.stringify(item.options ?? {}))}::jsonb[],
        ${column((item) => item.maxAttempts)}::int4[],
        ${column((item) => item.priority ?? 0)}::int4[],
        ${column((item) => item.runAtMs ?? null)}::float8[],
        ${column((item) => item.idempotencyKey ?? null)}::text[],
        ${column((item) => item.requestHash ?? null)}::text[],
        ${column((item) => item.traceparent ?? null)}::text[]
      ) AS t(id, workspace, type, payload, options, max_attempts, priority, run_at_ms, idempotency_key, request_hash,
        traceparent)
    ) AS new
    ON CONFLICT DO NOTHING
    RETURNING "id", COALESCE("runAt" > "createdAt" + ${horizonMs} * interval '1 ms', false) AS "dueLater"`);
}

/** What is there under these keys or, where there is no key, under these ids; `place` is the item's. */
function readStored(
  database: Database,
  items: readonly JobToAccept[],
): Promise<(Stored & { place: number })[]> {
  const keyed = [...items.entries()].filter(([, item]) => item.idempotencyKey !== undefined);
  const others = [...items.entries()].filter(([, item]) => item.idempotencyKey === undefined);
  return database.query(Prisma.sql`
    SELECT t.place, j."id", j."state", j."requestHash"
    FROM unnest(
      ${keyed.map(([place]) => place)}::int4[],
      ${keyed.map(([, item]) => item.workspace)}::text[],
      ${keyed.map(([, item]) => item.idempotencyKey ?? null)}::text[]
    ) AS t(place, workspace, key)
    JOIN "Job" j ON j."workspace" = t.workspace AND j."idempotencyKey" = t.key AND j."idempotencyKey" IS NOT NULL
    UNION ALL
    SELECT t.place, j."id", j."state", j."requestHash"
    FROM unnest(${others.map(([place]) => place)}::int4[], ${others.map(([, item]) => item.id)}::uuid[]) AS t(place, id)
    JOIN "Job" j ON j."id" = t.id`);
}
