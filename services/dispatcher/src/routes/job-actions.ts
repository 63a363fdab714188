import { methods, ProblemError, parseBody, requireShape } from '@fairlead/http';
import type { Jobs } from '@fairlead/ledger';
import type { Producer, Scheduler } from '@fairlead/scheduler';
import type { Router } from 'express';
import { z } from 'zod';
import { addAgain } from '../ledger/add-again.ts';
import { presentRecord } from '../ledger/job-lookup.ts';
import { requireSlug } from '../workspace-input.ts';

export interface JobActionParts {
  readonly jobs: Pick<Jobs, 'list' | 'cancel' | 'retry' | 'redrive' | 'markQueued'>;
  readonly scheduler: Pick<Scheduler, 'cancel'>;
  readonly producer: Producer;
  readonly now: () => number;
}

const STATES = ['accepted', 'queued', 'succeeded', 'dead', 'cancelled'] as const;
const limit = (most: number, fallback: number) =>
  z.coerce.number().pipe(z.int().min(1).max(most)).default(fallback);

export const jobsQuery = z.strictObject({
  state: z.enum(STATES).optional(),
  type: z.string().max(128).optional(),
  cursor: z.uuid().optional(),
  limit: limit(500, 50),
});
const deadQuery = jobsQuery.omit({ state: true });
export const redriveBody = z.strictObject({ type: z.string().max(128).optional(), limit: limit(1_000, 100) });

/** Looking at a workspace's jobs, and changing what becomes of one. All of these need the ledger. */
export function jobActionRoutes(router: Router, parts: JobActionParts): void {
  const { jobs, scheduler, producer, now } = parts;
  const readRedrive = parseBody(redriveBody);

  /** The dead letter in Redis goes first: adding a job of an id that is there changes nothing. */
  async function revive(revived: Awaited<ReturnType<Jobs['redrive']>>): Promise<void> {
    if (revived.length === 0) return;
    try {
      await scheduler.cancel(revived.map(({ workspace, id }) => ({ workspace, id })));
      await jobs.markQueued(await addAgain(producer, revived, now()));
    } catch {
      // They are accepted in the ledger, and the relay adds what is not in Redis.
    }
  }

  methods(router, '/v1/workspaces/:workspace/dead', {
    GET: async (req, res) => {
      const query = requireShape(deadQuery, { ...req.query });
      res.json(await listJobs(jobs, requireSlug(req.params['workspace']), { ...query, state: 'dead' }));
    },
  });

  methods(router, '/v1/workspaces/:workspace/dead\\:redrive', {
    POST: async (req, res) => {
      const workspace = requireSlug(req.params['workspace']);
      const revived = await jobs.redrive(workspace, await readRedrive(req));
      await revive(revived);
      res.status(202).json({ redriven: revived.length, ids: revived.map(({ id }) => id) });
    },
  });

  methods(router, '/v1/workspaces/:workspace/jobs/:id/cancel', {
    POST: async (req, res) => {
      const workspace = requireSlug(req.params['workspace']);
      const id = req.params['id'] ?? '';
      const answer = await jobs.cancel(workspace, id);
      if (answer.outcome === 'not_found') throw absent();
      if (answer.outcome === 'finished' && answer.state !== 'cancelled') {
        throw new ProblemError('JOB_FINISHED', `The job is ${answer.state}.`);
      }
      // From here on it is cancelled whatever happens: a claim asks the ledger first. This only makes it prompt.
      const [inRedis] = await scheduler.cancel([{ workspace, id }]).catch(() => []);
      res.status(202).json({ id, state: 'cancelled', wasRunning: inRedis === 'running' });
    },
  });

  methods(router, '/v1/workspaces/:workspace/jobs/:id/retry', {
    POST: async (req, res) => {
      const workspace = requireSlug(req.params['workspace']);
      const id = req.params['id'] ?? '';
      const answer = await jobs.retry(workspace, id);
      if (answer.outcome === 'not_found') throw absent();
      if (answer.outcome === 'not_dead') {
        throw new ProblemError(
          'JOB_NOT_DEAD',
          `Only a dead letter can be retried; this job is ${answer.state}.`,
        );
      }
      await revive([answer.job]);
      res.status(202).json({ id, state: 'accepted' });
    },
  });
}

/** Listing shares its path with adding, so it is the jobs route's to register. */
export async function listJobs(
  jobs: Pick<Jobs, 'list'>,
  workspace: string,
  query: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const { jobs: found, cursor } = await jobs.list(workspace, requireShape(jobsQuery, query));
  return { jobs: found.map(presentRecord), nextCursor: cursor ?? null };
}

function absent(): ProblemError {
  return new ProblemError('JOB_NOT_FOUND', 'The workspace has no job of this id.');
}
