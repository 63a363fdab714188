import { type By, noted } from '../audit.ts';
import type { Statements } from '../database.ts';
import { Prisma, type Rollout, type RolloutOrder, type RolloutStage } from '../generated/client.ts';

/**
 * Rollouts: a change on its way to all workspaces. Operators give orders, numbered; the next tick takes the last one,
 * once, and what became of it (status, stage, share) is written with that tick's decision, by nobody else.
 */
export interface Rollouts {
  /** A draft, in which nothing happens until it is started. One rollout of a feature at a time. */
  create(rollout: { name: string; feature: string }, by: By): Promise<CreateOutcome>;
  /**
   * Orders, with an entry in the audit. Only an abort may overtake an order that no tick has taken yet: a start that was
   * followed by a pause within one tick would otherwise never have happened.
   */
  order(name: string, order: RolloutOrder, by: By): Promise<OrderOutcome>;
  get(name: string): Promise<RolloutRecord | undefined>;
  /** The newest first, 1,000 at most. */
  list(): Promise<Rollout[]>;
  /**
   * Deletes up to `limit` rollouts that ended more than `olderThanMs` ago, with all that is known of them: stages, state
   * and decisions. Stays: the last one of each feature that was started, which decides who has it. Answers how many.
   */
  prune(olderThanMs: number, limit: number): Promise<number>;
  /** For each feature that was ever rolled out: the last rollout of it that was started. A draft decides nothing. */
  deciding(): Promise<DecidingRollout[]>;
}

/** Who has a feature now: the workspaces that `isInCohort(name, workspace, shareBp)` names. */
export interface DecidingRollout {
  readonly name: string;
  readonly feature: string;
  /** 10,000 once it is completed, 0 once it was aborted or rolled back. */
  readonly shareBp: number;
  /** Null while it is not over. */
  readonly endedAt: Date | null;
}

export type CreateOutcome =
  | { readonly outcome: 'created'; readonly rollout: Rollout }
  | { readonly outcome: 'name_taken' }
  /** Another rollout of the feature is not over yet. */
  | { readonly outcome: 'feature_busy'; readonly rollout: string };

export type OrderOutcome =
  | { readonly outcome: 'ordered'; readonly number: number }
  | { readonly outcome: 'unknown' }
  /** Its status does not allow the order, or `pending` waits for the next tick. */
  | {
      readonly outcome: 'refused';
      readonly status: Rollout['status'];
      readonly pending: RolloutOrder | undefined;
    };

export type RolloutRecord = Rollout & { readonly stages: readonly RolloutStage[] };

/** What a tick needs of a rollout that is not over. */
export interface OpenRollout {
  readonly name: string;
  readonly feature: string;
  /** The last order, taken or not: the engine knows the number of the last one that it took. */
  readonly command: {
    readonly number: number;
    readonly order: RolloutOrder;
    readonly actor: string;
  } | null;
}

const IS_OPEN = Prisma.sql`"status" IN ('draft', 'running', 'paused')`;

/** One JSON value: an array of `OpenRollout`. */
export const OPEN_ROLLOUTS = Prisma.sql`
  SELECT coalesce(jsonb_agg(jsonb_build_object('name', "name", 'feature', "feature", 'command',
    CASE WHEN "orderNumber" > 0 THEN jsonb_build_object('number', "orderNumber", 'order', "order", 'actor', "orderedBy")
    END) ORDER BY "name"), '[]')
  FROM "Rollout" WHERE ${IS_OPEN}`;

/** In which statuses an order makes sense. */
const ALLOWED: Readonly<Record<RolloutOrder, readonly Rollout['status'][]>> = {
  start: ['draft'],
  pause: ['running'],
  resume: ['paused'],
  abort: ['draft', 'running', 'paused'],
};

const MAX_LISTED = 1_000;

export function createRollouts(statements: Statements): Rollouts {
  const find = async (name: string) =>
    (await statements.query<Rollout>(Prisma.sql`SELECT * FROM "Rollout" WHERE "name" = ${name}`))[0];

  return {
    async create({ name, feature }, by) {
      for (;;) {
        const [rollout] = await statements.query<Rollout>(Prisma.sql`
          WITH created AS (
            INSERT INTO "Rollout" ("name", "feature", "createdBy") VALUES (${name}, ${feature}, ${by.actor})
            ON CONFLICT DO NOTHING RETURNING *
          )${noted(by, Prisma.sql`created`, {
            action: 'rollout.create',
            subject: Prisma.sql`'rollout:' || "name"`,
            workspace: Prisma.sql`NULL`,
            after: Prisma.sql`jsonb_build_object('feature', "feature")`,
          })}
          SELECT * FROM created`);
        if (rollout !== undefined) return { outcome: 'created', rollout };
        if ((await find(name)) !== undefined) return { outcome: 'name_taken' };
        const [busy] = await statements.query<Rollout>(
          Prisma.sql`SELECT * FROM "Rollout" WHERE "feature" = ${feature} AND ${IS_OPEN}`,
        );
        if (busy !== undefined) return { outcome: 'feature_busy', rollout: busy.name };
        // It ended between the statements.
      }
    },
    async order(name, order, by) {
      const [row] = await statements.query<{ number: number }>(Prisma.sql`
        WITH ordered AS (
          UPDATE "Rollout" SET "orderNumber" = "orderNumber" + 1, "order" = ${order}::"RolloutOrder",
            "orderedBy" = ${by.actor}
          WHERE "name" = ${name} AND "status"::text = ANY(${[...ALLOWED[order]]}::text[])
            AND ("orderTaken" = "orderNumber" OR (${order} = 'abort' AND "order" <> 'abort'))
          RETURNING *
        )${noted(by, Prisma.sql`ordered`, {
          action: `rollout.${order}`,
          subject: Prisma.sql`'rollout:' || "name"`,
          workspace: Prisma.sql`NULL`,
          before: Prisma.sql`jsonb_build_object('status', "status", 'stage', "stage", 'shareBp', "shareBp")`,
        })}
        SELECT "orderNumber" AS "number" FROM ordered`);
      if (row !== undefined) return { outcome: 'ordered', number: row.number };
      const found = await find(name);
      if (found === undefined) return { outcome: 'unknown' };
      const isPending = found.orderTaken < found.orderNumber;
      return {
        outcome: 'refused',
        status: found.status,
        pending: isPending ? (found.order ?? undefined) : undefined,
      };
    },
    async get(name) {
      const found = await find(name);
      if (found === undefined) return undefined;
      const stages = await statements.query<RolloutStage>(
        Prisma.sql`SELECT * FROM "RolloutStage" WHERE "rollout" = ${name} ORDER BY "stage"`,
      );
      return { ...found, stages };
    },
    list: () =>
      statements.query<Rollout>(
        Prisma.sql`SELECT * FROM "Rollout" ORDER BY "createdAt" DESC, "name" LIMIT ${MAX_LISTED}`,
      ),
    async prune(olderThanMs, limit) {
      const gone = await statements.query(Prisma.sql`
        WITH old AS (
          SELECT r."name" FROM "Rollout" r
          WHERE r."endedAt" < statement_timestamp() - ${olderThanMs} * interval '1 ms' AND (
            NOT EXISTS (SELECT FROM "RolloutStage" s WHERE s."rollout" = r."name") OR EXISTS (
              SELECT FROM "Rollout" later JOIN "RolloutStage" s ON s."rollout" = later."name"
              WHERE later."feature" = r."feature" AND later."createdAt" > r."createdAt"
            )
          )
          ORDER BY r."endedAt" LIMIT ${String(limit)}::int4
        ), states AS (
          DELETE FROM "ControlState" s USING old
          WHERE s."kind" = 'rollout' AND s."subjectType" = 'rollout' AND s."subjectId" = old."name"
        ), decisions AS (
          DELETE FROM "Decision" d USING old
          WHERE d."subjectId" = old."name" AND d."kind" = 'rollout' AND d."subjectType" = 'rollout'
        )
        DELETE FROM "Rollout" r USING old WHERE r."name" = old."name" RETURNING 1 AS gone`);
      return gone.length;
    },
    deciding: () =>
      statements.query<DecidingRollout>(Prisma.sql`
        SELECT DISTINCT ON (r."feature") r."name", r."feature", r."endedAt",
          CASE r."status" WHEN 'completed' THEN 10000 WHEN 'aborted' THEN 0 WHEN 'rolled_back' THEN 0
            ELSE r."shareBp" END::int4 AS "shareBp"
        FROM "Rollout" r WHERE EXISTS (SELECT FROM "RolloutStage" s WHERE s."rollout" = r."name")
        ORDER BY r."feature", r."createdAt" DESC, r."name"`),
  };
}
