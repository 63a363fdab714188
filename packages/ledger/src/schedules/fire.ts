import type { Database } from '../database.ts';
import { Prisma } from '../generated/client.ts';
import type { Accept } from '../jobs/accept.ts';
import { newJobId } from '../jobs/job-id.ts';
import type { AcceptOutcome, JobToAccept } from '../jobs/job-to-accept.ts';
import { type Fence, fencedBy } from '../leases.ts';
import { recurrenceOf, SCHEDULE_COLUMNS, type ScheduleRecord } from './record.ts';
import { occurrencesAt } from './recurrence.ts';

/** One occurrence that was fired. With `accepted`, Redis has to be told of the job; the relay does it otherwise. */
export interface Firing {
  readonly workspace: string;
  readonly name: string;
  readonly dueMs: number;
  readonly answer: AcceptOutcome;
}

/** Around the acceptance of one schedule's jobs, which carry the traceparent that it gives. */
export type SendScheduled = <T>(
  jobs: readonly { readonly workspace: string }[],
  send: (traceparent: string) => Promise<T>,
) => Promise<T>;

type Due = ScheduleRecord & { readonly nextDueAt: Date; readonly now: Date };

/** First the jobs, then the schedules' next times: who dies in between leaves an occurrence that is fired again. */
export async function fireDue(
  database: Database,
  accept: Accept,
  limit: number,
  fence: Fence,
  sendScheduled?: SendScheduled,
): Promise<Firing[]> {
  const due = await database.query<Due>(Prisma.sql`
    SELECT ${SCHEDULE_COLUMNS}, clock_timestamp() AS now FROM "Schedule" s
    WHERE NOT "paused" AND "nextDueAt" <= statement_timestamp()
      -- What comes due meanwhile is missed, and follows the schedule's policy once the workspace takes jobs again.
      AND NOT EXISTS (SELECT FROM "WorkspaceSettings" w WHERE w."workspace" = s."workspace" AND w."draining")
    ORDER BY "nextDueAt" LIMIT ${String(limit)}::int4`);
  const rounds = due.map((schedule) => ({
    schedule,
    ...occurrencesAt(
      recurrenceOf(schedule),
      schedule.missed,
      Number(schedule.nextDueAt),
      Number(schedule.now),
    ),
  }));
  // One call each, so that one that cannot be accepted does not stop the others; they travel together all the same.
  const fired = await Promise.allSettled(
    rounds.map(async ({ schedule, dueMs }) => {
      const jobs = dueMs.map((atMs) => occurrence(schedule, atMs));
      const answers =
        sendScheduled === undefined || jobs.length === 0
          ? await accept(jobs)
          : await sendScheduled(jobs, (traceparent) => accept(jobs.map((job) => ({ ...job, traceparent }))));
      return answers.map((answer, place) => ({
        workspace: schedule.workspace,
        name: schedule.name,
        dueMs: dueMs[place] ?? 0,
        answer,
      }));
    }),
  );
  const done = rounds.filter((_, place) => fired[place]?.status === 'fulfilled');
  if (done.length > 0) await moveOn(database, done, fence);
  const failed = fired.find((one) => one.status === 'rejected');
  if (failed !== undefined && done.length === 0) throw failed.reason;
  return fired.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
}

function occurrence({ workspace, name, job }: ScheduleRecord, dueMs: number): JobToAccept {
  return {
    id: newJobId(),
    workspace,
    type: job.type,
    payloadJson: JSON.stringify(job.payload),
    options: job.options,
    maxAttempts: job.maxAttempts,
    priority: job.priority,
    idempotencyKey: `schedule:${name}:${new Date(dueMs).toISOString()}`,
  };
}

interface Round {
  readonly schedule: Due;
  readonly dueMs: readonly number[];
  readonly nextMs: number | undefined;
}

/** Only schedules that nobody changed in the meantime, and only under the lease. */
async function moveOn(database: Database, rounds: readonly Round[], fence: Fence): Promise<void> {
  await database.query(Prisma.sql`
    WITH ${fencedBy(fence)}
    UPDATE "Schedule" s SET "nextDueAt" = to_timestamp(t.next_ms / 1000),
      "lastDueAt" = COALESCE(to_timestamp(t.last_ms / 1000), s."lastDueAt")
    FROM unnest(
      ${rounds.map(({ schedule }) => schedule.workspace)}::text[],
      ${rounds.map(({ schedule }) => schedule.name)}::text[],
      ${rounds.map(({ schedule }) => schedule.version)}::int4[],
      ${rounds.map(({ nextMs }) => nextMs ?? null)}::float8[],
      ${rounds.map(({ dueMs }) => dueMs.at(-1) ?? null)}::float8[]
    ) AS t(workspace, name, version, next_ms, last_ms)
    WHERE s."workspace" = t.workspace AND s."name" = t.name AND s."version" = t.version
      AND EXISTS (SELECT FROM fence)`);
}
