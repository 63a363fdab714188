import { FairleadError } from '@fairlead/core';
import { type By, noted } from '../audit.ts';
import type { Database } from '../database.ts';
import { Prisma } from '../generated/client.ts';
import type { Accept } from '../jobs/accept.ts';
import type { Fence } from '../leases.ts';
import { assertStorableJson, assertStorableText } from '../storable.ts';
import { type Firing, fireDue, type SendScheduled } from './fire.ts';
import { SCHEDULE_COLUMNS, type ScheduledJob, type ScheduleRecord } from './record.ts';
import { assertRecurrence, type MissedPolicy, nextDueMs, type Recurrence } from './recurrence.ts';

/**
 * Schedules: repeatable jobs. Each occurrence is a job with the idempotency key `schedule:<name>:<due time>`, so it is
 * accepted once however often and by however many it is fired; and it is fired before the schedule moves on, so none is
 * forgotten. The lease only saves work.
 */
export interface Schedules {
  /**
   * Creates or replaces. When it is due at other times than before, the next time is counted from now; else it stays.
   * Throws INVALID_REQUEST when it would never come due, or its job could not be accepted.
   */
  put(workspace: string, name: string, schedule: ScheduleToPut, by?: By): Promise<ScheduleRecord>;
  get(workspace: string, name: string): Promise<ScheduleRecord | undefined>;
  list(workspace: string, options: { after?: string | undefined; limit: number }): Promise<ScheduleRecord[]>;
  remove(workspace: string, name: string, by?: By): Promise<boolean>;
  /** Accepts what is due, the most overdue schedules first. Three statements, whatever the number. */
  fireDue(options: {
    limit: number;
    fence: Fence;
    sendScheduled?: SendScheduled | undefined;
  }): Promise<Firing[]>;
}

export interface ScheduleToPut {
  readonly recurrence: Recurrence;
  readonly job: ScheduledJob;
  readonly missed?: MissedPolicy | undefined;
  readonly paused?: boolean | undefined;
}

const SUBJECT = Prisma.sql`'schedule:' || "workspace" || '/' || "name"`;
/** Without the payload, which is the tenant's. */
const FOR_AUDIT = Prisma.sql`jsonb_build_object('cron', "cron", 'tz', "tz", 'everyMs', "everyMs", 'missed', "missed",
  'paused', "paused", 'type', "job"->'type')`;

export function createSchedules(database: Database, accept: Accept): Schedules {
  return {
    put: (workspace, name, schedule, by) => put(database, workspace, name, schedule, by),
    get: (workspace, name) => get(database, workspace, name),
    list: (workspace, { after = '', limit }) =>
      database.query<ScheduleRecord>(Prisma.sql`
        SELECT ${SCHEDULE_COLUMNS} FROM "Schedule" WHERE "workspace" = ${workspace} AND "name" > ${after}
        ORDER BY "name" LIMIT ${String(limit)}::int4`),
    remove: async (workspace, name, by) => {
      const gone = await database.query(Prisma.sql`
        WITH gone AS (
          DELETE FROM "Schedule" WHERE "workspace" = ${workspace} AND "name" = ${name} RETURNING *
        )${noted(by, Prisma.sql`gone`, {
          action: 'schedule.delete',
          subject: SUBJECT,
          workspace: Prisma.sql`"workspace"`,
          before: FOR_AUDIT,
        })}
        SELECT "name" FROM gone`);
      return gone.length > 0;
    },
    fireDue: ({ limit, fence, sendScheduled }) => fireDue(database, accept, limit, fence, sendScheduled),
  };
}

async function get(database: Database, workspace: string, name: string): Promise<ScheduleRecord | undefined> {
  const rows = await database.query<ScheduleRecord>(Prisma.sql`
    SELECT ${SCHEDULE_COLUMNS} FROM "Schedule" WHERE "workspace" = ${workspace} AND "name" = ${name}`);
  return rows[0];
}

async function put(
  database: Database,
  workspace: string,
  name: string,
  schedule: ScheduleToPut,
  by: By | undefined,
): Promise<ScheduleRecord> {
  const { recurrence, job, missed = 'latest', paused = false } = schedule;
  assertJob(job);
  // By the clock that will fire it.
  const [clock] = await database.query<{ now: Date }>(Prisma.sql`SELECT clock_timestamp() AS now`);
  const nowMs = Number(clock?.now);
  assertRecurrence(recurrence, nowMs);
  const { cron, tz, everyMs } =
    'everyMs' in recurrence
      ? { cron: null, tz: 'UTC', everyMs: recurrence.everyMs }
      : { ...recurrence, everyMs: null };
  const dueMs = nextDueMs(recurrence, nowMs, nowMs) ?? null;
  const [record] = await database.query<ScheduleRecord>(Prisma.sql`
    WITH was AS (
      SELECT * FROM "Schedule" WHERE "workspace" = ${workspace} AND "name" = ${name}
    ), put AS (
    INSERT INTO "Schedule" AS s ("workspace", "name", "cron", "everyMs", "tz", "job", "missed", "paused", "nextDueAt")
    VALUES (${workspace}, ${name}, ${cron}, ${everyMs}::int8, ${tz}, ${JSON.stringify(job)}::jsonb,
      ${missed}::"MissedPolicy", ${paused}, to_timestamp(${dueMs}::float8 / 1000))
    ON CONFLICT ("workspace", "name") DO UPDATE SET
      "cron" = excluded."cron", "everyMs" = excluded."everyMs", "tz" = excluded."tz", "job" = excluded."job",
      "missed" = excluded."missed", "paused" = excluded."paused", "version" = s."version" + 1,
      "updatedAt" = clock_timestamp(),
      "nextDueAt" = CASE WHEN (s."cron", s."everyMs", s."tz") IS NOT DISTINCT FROM
          (excluded."cron", excluded."everyMs", excluded."tz") AND (NOT s."paused" OR excluded."paused")
        THEN s."nextDueAt" ELSE excluded."nextDueAt" END
    RETURNING *
    )${noted(by, Prisma.sql`put`, {
      action: 'schedule.put',
      subject: SUBJECT,
      workspace: Prisma.sql`"workspace"`,
      before: Prisma.sql`(SELECT ${FOR_AUDIT} FROM was)`,
      after: FOR_AUDIT,
    })}
    SELECT ${SCHEDULE_COLUMNS} FROM put`);
  if (record === undefined) throw new Error('An upsert gave no row.');
  return record;
}

/** What `accept` would refuse at every occurrence is refused once, here. */
function assertJob({ type, payload, maxAttempts, priority = 0 }: ScheduledJob): void {
  const payloadJson = JSON.stringify(payload);
  if (payloadJson === undefined)
    throw new FairleadError('INVALID_REQUEST', 'The payload is not a JSON value.');
  assertStorableJson('The payload', payloadJson);
  assertStorableText('The type', type);
  const isValid =
    type !== '' && Buffer.byteLength(type) <= 200 && Number.isInteger(maxAttempts) && maxAttempts >= 1;
  if (isValid && Number.isInteger(priority) && priority >= 0 && priority <= 2_097_152) return;
  throw new FairleadError('INVALID_REQUEST', 'The job of the schedule could not be accepted.', {
    fix: 'Give a type of 1 to 200 bytes, maxAttempts of at least 1, and a priority from 0 to 2097152.',
  });
}
