import { Prisma, type Schedule } from '../generated/client.ts';
import type { JobOptions } from '../jobs/record.ts';
import type { Recurrence } from './recurrence.ts';

export interface ScheduledJob {
  readonly type: string;
  readonly payload: unknown;
  readonly maxAttempts: number;
  readonly priority?: number | undefined;
  readonly options?: JobOptions | undefined;
}

export type ScheduleRecord = Omit<Schedule, 'everyMs' | 'job'> & {
  readonly everyMs: number | null;
  readonly job: ScheduledJob;
};

export const SCHEDULE_COLUMNS = Prisma.sql`"workspace", "name", "cron", "everyMs"::float8 AS "everyMs", "tz", "job",
  "missed", "nextDueAt", "lastDueAt", "paused", "version", "createdAt", "updatedAt"`;

export function recurrenceOf(record: Pick<ScheduleRecord, 'cron' | 'everyMs' | 'tz'>): Recurrence {
  return record.cron === null ? { everyMs: record.everyMs ?? 0 } : { cron: record.cron, tz: record.tz };
}
