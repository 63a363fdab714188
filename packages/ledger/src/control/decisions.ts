import {
  type DecisionRecord,
  KINDS,
  type Kind,
  type Policy,
  parseRecord,
  type Subject,
  type Verification,
} from '@fairlead/core';
import type { Statements } from '../database.ts';
import { Prisma } from '../generated/client.ts';
import { readSubjects, type SubjectEnd, type SubjectPage, type SubjectPlace } from './subjects.ts';
import { PAGE, verifyChain } from './verify-chain.ts';
import { verifySubjects } from './verify-subjects.ts';
import { type TickToWrite, type WriteOutcome, writeTick } from './write-tick.ts';

/**
 * What the controller decided, and why. A row is written once, and never changed: how long a decision stood follows from
 * the number of the tick that took it and that of the next one of its subject, so that 50,000 repeated holds cost nothing.
 */
export interface Decisions {
  write(tick: TickToWrite): Promise<WriteOutcome>;
  /** The newest first, before a position. */
  page(selection: DecisionSelection & { readonly before?: number | undefined }): Promise<StoredDecision[]>;
  /**
   * The oldest first, after a position. Who goes on from the last one it got misses none: positions are given to a tick
   * while it holds the row of the last tick, until its commit, so a lower one never becomes visible after a higher one.
   */
  tail(selection: DecisionSelection & { readonly after: number }): Promise<StoredDecision[]>;
  /** By its id, as `promotion:acme:12`, or `autoscale:3` of the cluster. */
  get(id: string): Promise<StoredDecision | undefined>;
  policy(hash: string): Promise<Policy | undefined>;
  /** Everything that was decided about, by kind and subject, with the end of its chain. */
  subjects(page: SubjectPage): Promise<SubjectEnd[]>;
  /**
   * Takes the decisions of one subject again, all that are stored, and checks their chain and its end. Begins in the middle
   * of the chain when what was before is past its retention.
   */
  verify(kind: Kind, subject: Subject): Promise<Verification>;
  /**
   * The same of the next subjects after one: of as many as take some 20 ms, or of one with a longer chain. Who goes on from
   * `next` until there is none verifies all.
   */
  verifyNext(after: SubjectPlace | undefined): Promise<VerifiedNext>;
  /**
   * Deletes the `limit` oldest of those that were written more than `olderThanMs` ago, and answers how many; fewer than
   * `limit` means that none is left. The last of each subject stays: it is why things are as they are.
   */
  prune(olderThanMs: number, limit: number): Promise<number>;
}

export interface DecisionSelection {
  readonly kind?: Kind | undefined;
  /** Its id; of all its kinds, when none is given. */
  readonly subjectId?: string | undefined;
  readonly reasonCode?: string | undefined;
  /** Only what raised or lowered something. */
  readonly isChange?: boolean | undefined;
  /** Evaluated at or after this, ms. */
  readonly sinceMs?: number | undefined;
  /** Evaluated before this, ms. */
  readonly untilMs?: number | undefined;
  readonly limit: number;
}

export interface VerifiedNext extends Verification {
  /** The last one that was verified; undefined: there are none after it. */
  readonly next: SubjectPlace | undefined;
}

export interface StoredDecision {
  readonly position: number;
  /** For how many ticks it was the subject's last word, this one's included, as long as nothing else was said. */
  readonly stoodTicks: number;
  /** What is stored, canonical JSON: what is hashed. */
  readonly text: string;
  /** Undefined: somebody changed the text so that it is no record any more. */
  readonly record: DecisionRecord | undefined;
  /** The number of the tick that took it. */
  readonly tick: number;
  /** Trace parents of the jobs that it was taken for. */
  readonly evidence: readonly string[];
  /** The subject's decision before it; undefined: it is the first, or that one is past its retention. */
  readonly previous: PreviousWord | undefined;
  /** When the row was written, ms by the clock of Postgres. */
  readonly writtenAtMs: number;
}

export interface PreviousWord {
  readonly correlationId: string;
  readonly evaluatedAtMs: number;
  /** For how many ticks it stood, its own included, until this one was said. */
  readonly stoodTicks: number;
}

type Row = Omit<StoredDecision, 'record' | 'evidence' | 'previous'> & {
  readonly evidence: string | null;
  readonly previousCorrelationId: string | null;
  readonly previousAtMs: number | null;
  readonly previousTick: number | null;
};

const COLUMNS = Prisma.sql`d."position"::float8 AS "position", d."record"::text AS "text", d."tick"::float8 AS "tick",
  d."evidence", previous."record"->>'correlationId' AS "previousCorrelationId",
  round(extract(epoch FROM previous."evaluatedAt") * 1000)::float8 AS "previousAtMs",
  previous."tick"::float8 AS "previousTick",
  round(extract(epoch FROM d."writtenAt") * 1000)::float8 AS "writtenAtMs",
  (coalesce(
    (SELECT next."tick" FROM "Decision" next WHERE next."subjectId" = d."subjectId" AND next."kind" = d."kind"
      AND next."seq" = d."seq" + 1 AND next."subjectType" = d."subjectType"),
    (SELECT "tick" + 1 FROM "ControlTick")
  ) - d."tick")::float8 AS "stoodTicks"`;

const ID = new RegExp(`^(${KINDS.join('|')}):(?:(.{1,100}):)?([1-9][0-9]{0,8})$`);

export function createDecisions(statements: Statements): Decisions {
  const read = async (where: Prisma.Sql): Promise<StoredDecision[]> =>
    (
      await statements.query<Row>(Prisma.sql`SELECT ${COLUMNS} FROM "Decision" d LEFT JOIN LATERAL (
          SELECT p."record", p."evaluatedAt", p."tick" FROM "Decision" p WHERE p."subjectId" = d."subjectId"
            AND p."kind" = d."kind" AND p."seq" = d."seq" - 1 AND p."subjectType" = d."subjectType"
        ) previous ON true ${where}`)
    ).map(toStored);

  return {
    write: (tick) => writeTick(statements, tick),
    page: ({ before, ...selection }) =>
      read(Prisma.sql`WHERE ${before === undefined ? ALL : Prisma.sql`d."position" < ${before}::int8`}
        AND ${matching(selection)} ORDER BY d."position" DESC LIMIT ${String(selection.limit)}::int4`),
    tail: ({ after, ...selection }) =>
      read(Prisma.sql`WHERE d."position" > ${after}::int8 AND ${matching(selection)}
        ORDER BY d."position" LIMIT ${String(selection.limit)}::int4`),
    async get(id) {
      const [, kind, subjectId, seq] = ID.exec(id) ?? [];
      if (kind === undefined || seq === undefined) return undefined;
      const subject =
        subjectId === undefined
          ? Prisma.sql`d."subjectType" = 'cluster' AND d."subjectId" = 'cluster'`
          : Prisma.sql`d."subjectType" <> 'cluster' AND d."subjectId" = ${subjectId}`;
      const [found] = await read(
        Prisma.sql`WHERE d."kind" = ${kind}::"DecisionKind" AND d."seq" = ${Number(seq)}::int4 AND ${subject} LIMIT 1`,
      );
      return found;
    },
    async policy(hash) {
      const [row] = await statements.query<{ policy: string }>(
        Prisma.sql`SELECT "policy"::text AS "policy" FROM "Policy" WHERE "hash" = ${hash}`,
      );
      return row && (JSON.parse(row.policy) as Policy);
    },
    subjects: (page) => readSubjects(statements, page),
    verify: (kind, subject) => verifyChain(statements, kind, subject),
    async verifyNext(after) {
      // One more tells whether there is a next page; each has a record at least.
      const ends = await readSubjects(statements, { after, limit: PAGE + 1 });
      const { taken, ...verification } = await verifySubjects(statements, ends);
      return { ...verification, next: taken < ends.length ? ends[taken - 1] : undefined };
    },
    async prune(olderThanMs, limit) {
      const [row] = await statements.query<{ deleted: number }>(Prisma.sql`
        WITH old AS (
          SELECT d."position" FROM "Decision" d
          WHERE d."writtenAt" < statement_timestamp() - ${olderThanMs} * interval '1 ms'
            -- The clock is the same; this one has an index, without which all the others would be looked at.
            AND d."evaluatedAt" < statement_timestamp() - ${olderThanMs} * interval '1 ms' AND NOT EXISTS (
            SELECT FROM "ControlState" s WHERE s."kind" = d."kind" AND s."subjectType" = d."subjectType"
              AND s."subjectId" = d."subjectId" AND s."seq" <= d."seq"
          )
          ORDER BY d."position" LIMIT ${String(limit)}::int4
        ), gone AS (
          DELETE FROM "Decision" d USING old WHERE d."position" = old."position" RETURNING 1
        )
        SELECT count(*)::int4 AS deleted FROM gone`);
      return row?.deleted ?? 0;
    },
  };
}

function toStored(stored: Row): StoredDecision {
  const { evidence, previousCorrelationId, previousAtMs, previousTick, ...row } = stored;
  const parsed = parseRecord(row.text);
  return {
    ...row,
    record: parsed.outcome === 'record' ? parsed.record : undefined,
    evidence: evidence?.split(' ') ?? [],
    previous:
      previousCorrelationId === null || previousAtMs === null || previousTick === null
        ? undefined
        : {
            correlationId: previousCorrelationId,
            evaluatedAtMs: previousAtMs,
            stoodTicks: row.tick - previousTick,
          },
  };
}

const ALL = Prisma.sql`true`;

/** Written out, so that the planner sees that it is one of the kinds with an index of their own. */
function isKind(kind: Kind): Prisma.Sql {
  return KINDS.includes(kind) ? Prisma.raw(`d."kind" = '${kind}'`) : Prisma.sql`false`;
}

function matching({
  kind,
  subjectId,
  reasonCode,
  isChange,
  sinceMs,
  untilMs,
}: Omit<DecisionSelection, 'limit'>): Prisma.Sql {
  const time = (ms: number) => Prisma.sql`to_timestamp(${ms}::float8 / 1000)`;
  const conditions = [
    kind === undefined ? ALL : isKind(kind),
    subjectId === undefined ? ALL : Prisma.sql`d."subjectId" = ${subjectId}`,
    reasonCode === undefined ? ALL : Prisma.sql`d."reasonCode" = ${reasonCode}`,
    isChange === true ? Prisma.sql`d."action" <> 'hold'` : ALL,
    sinceMs === undefined ? ALL : Prisma.sql`d."evaluatedAt" >= ${time(sinceMs)}`,
    untilMs === undefined ? ALL : Prisma.sql`d."evaluatedAt" < ${time(untilMs)}`,
  ];
  return Prisma.join(conditions, ' AND ');
}
