import type { Output } from '@fairlead/client';
import type { Context } from '../../context.ts';
import { fields } from '../../output/fields.ts';
import { duration, when } from '../../output/time.ts';

export type Schedule = Output<'getSchedule'>;

/** `0 3 * * * (Europe/Berlin)` or `every 15m` */
export function recurrenceOf({ cron, tz, everyMs }: Schedule): string {
  return cron === undefined ? `every ${duration(everyMs ?? 0)}` : `${cron} (${tz})`;
}

/** One schedule, a line for each thing that is known. */
export function showSchedule({ out, nowMs }: Context, schedule: Schedule): string {
  const { name, workspace, job, paused, missed, nextDueAt, lastDueAt, version } = schedule;
  return fields(out, [
    ['name', name],
    ['workspace', workspace],
    ['recurrence', recurrenceOf(schedule)],
    ['type', job.type],
    ['payload', JSON.stringify(job.payload)],
    ['maxAttempts', String(job.maxAttempts)],
    ['paused', String(paused)],
    ['missed', missed],
    ['nextDueAt', nextDueAt === null ? 'never' : when(out, nextDueAt, nowMs())],
    ['lastDueAt', lastDueAt === null ? undefined : when(out, lastDueAt, nowMs())],
    ['version', String(version)],
  ]);
}
