import { type Handled, handle, problemError } from '@fairlead/http';
import type { ScheduleRecord, Schedules, ScheduleToPut } from '@fairlead/ledger';
import { NO_SCHEDULE } from '../api/absent.ts';
import {
  deleteSchedule,
  getSchedule,
  listSchedules,
  putSchedule,
  type ScheduleAnswer,
  type ScheduleBody,
} from '../api/schedules.ts';
import type { KnownWorkspaces } from '../known-workspaces.ts';

export interface ScheduleRoutesParts {
  readonly schedules: Pick<Schedules, 'put' | 'get' | 'list' | 'remove'>;
  readonly known: Pick<KnownWorkspaces, 'require'>;
}

const DEFAULT_MAX_ATTEMPTS = 3;

/** Repeatable jobs of a workspace. All of these need the ledger. */
export function scheduleRoutes({ schedules, known }: ScheduleRoutesParts): Handled[] {
  return [
    handle(listSchedules).by(async ({ params: { workspace }, query: { limit, cursor } }) => {
      // One more than asked for tells whether there is a next page.
      const found = await schedules.list(workspace, { after: cursor, limit: limit + 1 });
      const page = found.slice(0, limit);
      const nextCursor = found.length > limit ? page.at(-1)?.name : undefined;
      return {
        status: 200,
        body: { schedules: page.map(presentSchedule), nextCursor: nextCursor ?? null },
      };
    }),
    handle(getSchedule).by(async ({ params: { workspace, name } }) => {
      const record = await schedules.get(workspace, name);
      if (record === undefined) throw problemError(NO_SCHEDULE);
      return { status: 200, body: presentSchedule(record) };
    }),
    handle(putSchedule).by(async ({ params: { workspace, name }, body, principal }) => {
      const wanted = toPut(body);
      await known.require([workspace]);
      const record = await schedules.put(workspace, name, wanted, principal);
      return { status: record.version === 1 ? 201 : 200, body: presentSchedule(record) };
    }),
    handle(deleteSchedule).by(async ({ params: { workspace, name }, principal }) => {
      if (!(await schedules.remove(workspace, name, principal))) throw problemError(NO_SCHEDULE);
      return { status: 204 };
    }),
  ];
}

function toPut(body: ScheduleBody): ScheduleToPut {
  const { cron, everyMs, tz = 'UTC', job, paused, missed } = body;
  const { type, payload, maxAttempts = DEFAULT_MAX_ATTEMPTS, priority, backoff, timeoutMs } = job;
  return {
    recurrence: cron === undefined ? { everyMs: everyMs ?? 0 } : { cron, tz },
    // By way of JSON, where what is undefined is absent.
    job: JSON.parse(
      JSON.stringify({
        type,
        payload: payload ?? {},
        maxAttempts,
        priority,
        options: { backoff, timeoutMs },
      }),
    ),
    missed,
    paused,
  };
}

/** A schedule for clients; times are ISO 8601. */
function presentSchedule(record: ScheduleRecord): ScheduleAnswer {
  const { name, workspace, cron, everyMs, tz, job, paused, missed, version } = record;
  const { options, ...plain } = job;
  return {
    name,
    workspace,
    ...(cron === null ? { everyMs: everyMs ?? 0 } : { cron, tz }),
    job: { ...plain, ...options },
    paused,
    missed,
    nextDueAt: record.nextDueAt?.toISOString() ?? null,
    lastDueAt: record.lastDueAt?.toISOString() ?? null,
    version,
    createdAt: record.createdAt.toISOString(),
    updatedAt: record.updatedAt.toISOString(),
  };
}
