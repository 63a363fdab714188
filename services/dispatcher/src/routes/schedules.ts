import { methods, ProblemError, parseBody, requireShape } from '@fairlead/http';
import type { ScheduleRecord, Schedules, ScheduleToPut } from '@fairlead/ledger';
import type { Router } from 'express';
import { z } from 'zod';
import { jobFields, MAX_JOB_BYTES } from '../job-input.ts';
import type { KnownWorkspaces } from '../known-workspaces.ts';
import { requireSlug } from '../workspace-input.ts';

export interface ScheduleRoutesParts {
  readonly schedules: Pick<Schedules, 'put' | 'get' | 'list' | 'remove'>;
  readonly known: Pick<KnownWorkspaces, 'require'>;
}

/** No ":", which divides the idempotency keys of occurrences. */
const NAME = /^[a-z0-9][a-z0-9._-]{0,127}$/i;
const DEFAULT_MAX_ATTEMPTS = 3;

export const scheduleBody = z
  .strictObject({
    cron: z.string().min(1).max(200).optional(),
    everyMs: z.int().min(1_000).optional(),
    tz: z.string().min(1).max(64).optional(),
    job: z.strictObject(jobFields).omit({ delayMs: true, runAt: true }),
    paused: z.boolean().optional(),
    missed: z.enum(['latest', 'skip', 'all']).optional(),
  })
  .refine((body) => (body.cron === undefined) !== (body.everyMs === undefined), {
    error: 'needs either cron or everyMs',
  })
  .refine((body) => body.tz === undefined || body.cron !== undefined, {
    error: 'goes with cron only',
    path: ['tz'],
  });

export const schedulesQuery = z.strictObject({
  limit: z.coerce.number().pipe(z.int().min(1).max(500)).default(100),
  cursor: z.string().regex(NAME, 'is not a cursor of an earlier page').optional(),
});

/** Repeatable jobs of a workspace. All of these need the ledger. */
export function scheduleRoutes(router: Router, { schedules, known }: ScheduleRoutesParts): void {
  const readSchedule = parseBody(scheduleBody, { limitBytes: MAX_JOB_BYTES });

  methods(router, '/v1/workspaces/:workspace/schedules', {
    GET: async (req, res) => {
      const workspace = requireSlug(req.params['workspace']);
      const { limit, cursor } = requireShape(schedulesQuery, { ...req.query });
      // One more than asked for tells whether there is a next page.
      const found = await schedules.list(workspace, { after: cursor, limit: limit + 1 });
      const page = found.slice(0, limit);
      const nextCursor = found.length > limit ? page.at(-1)?.name : undefined;
      res.json({ schedules: page.map(presentSchedule), nextCursor: nextCursor ?? null });
    },
  });

  methods(router, '/v1/workspaces/:workspace/schedules/:name', {
    GET: async (req, res) => {
      const record = await schedules.get(
        requireSlug(req.params['workspace']),
        requireName(req.params['name']),
      );
      if (record === undefined) throw absent();
      res.json(presentSchedule(record));
    },
    PUT: async (req, res) => {
      const workspace = requireSlug(req.params['workspace']);
      const name = requireName(req.params['name']);
      const wanted = toPut(await readSchedule(req));
      await known.require([workspace]);
      const record = await schedules.put(workspace, name, wanted);
      res.status(record.version === 1 ? 201 : 200).json(presentSchedule(record));
    },
    DELETE: async (req, res) => {
      const workspace = requireSlug(req.params['workspace']);
      if (!(await schedules.remove(workspace, requireName(req.params['name'])))) throw absent();
      res.status(204).end();
    },
  });
}

function toPut(body: z.output<typeof scheduleBody>): ScheduleToPut {
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

/** A schedule for clients; times are ISO 8601. `nextDueAt` is null when it never comes due again. */
export function presentSchedule(record: ScheduleRecord): Record<string, unknown> {
  const { name, workspace, cron, everyMs, tz, job, paused, missed, version } = record;
  const { options, ...plain } = job;
  return {
    name,
    workspace,
    ...(cron === null ? { everyMs } : { cron, tz }),
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

function requireName(name: string | undefined): string {
  if (name !== undefined && NAME.test(name)) return name;
  throw new ProblemError('INVALID_REQUEST', 'This is not a name of a schedule.', {
    fix: 'Use 1 to 128 of a-z, A-Z, 0-9, ".", "_" and "-", not beginning with a sign.',
  });
}

function absent(): ProblemError {
  return new ProblemError('SCHEDULE_NOT_FOUND', 'The workspace has no schedule of this name.');
}
