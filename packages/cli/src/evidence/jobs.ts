/** What became of the jobs of a run, and how fairly they were started. */
import type { Schemas } from '@fairlead/client';
import { isHeavyMinute, minuteReport, nearestRank, type WorkspaceTimes } from '@fairlead/core';
import type { Context } from '../context.ts';
import type { Fairness, JobOutcomes } from './packet.ts';
import { type PageQuery, pagesOf } from './pages.ts';

export type Job = Schemas['Job'];
export type Workspace = Schemas['Workspace'];

export interface JobsOfRun {
  readonly workspaces: readonly { readonly workspace: Workspace; readonly jobs: readonly Job[] }[];
  readonly isWhole: boolean;
}

/** Some 100 MB, and a minute of asking. */
const MAX_JOBS = 100_000;
const MINUTE_MS = 60_000;

/** @param tell how far it is, for a person who waits */
export async function readJobs(
  context: Context,
  sinceMs: number,
  untilMs: number,
  tell: (words: string) => void,
): Promise<JobsOfRun> {
  const workspaces: { workspace: Workspace; jobs: readonly Job[] }[] = [];
  let left = MAX_JOBS;
  const ask = (query: PageQuery) => context.ask((api) => api.listWorkspaces(query));
  for await (const page of pagesOf(ask)) {
    for (const workspace of page.workspaces) {
      const jobs = await jobsOf(context, workspace.name, sinceMs, untilMs, left);
      left -= jobs.length;
      workspaces.push({ workspace, jobs });
      tell(`jobs looked at: ${(MAX_JOBS - left).toLocaleString('en')}`);
      if (left <= 0) return { workspaces, isWhole: false };
    }
  }
  return { workspaces, isWhole: true };
}

/** Those that were accepted in the run, the newest first, at most `limit`. */
async function jobsOf(
  context: Context,
  workspace: string,
  sinceMs: number,
  untilMs: number,
  limit: number,
): Promise<readonly Job[]> {
  const found: Job[] = [];
  const ask = (query: PageQuery) => context.ask((api) => api.listJobs({ workspace, ...query }));
  for await (const page of pagesOf(ask)) {
    const created = page.jobs.map((job) => ({ job, atMs: Date.parse(job.createdAt ?? '') }));
    found.push(...created.flatMap(({ job, atMs }) => (atMs >= sinceMs && atMs < untilMs ? job : [])));
    if (found.length >= limit || created.some(({ atMs }) => atMs < sinceMs)) break;
  }
  return found.slice(0, limit);
}

export function outcomesOf({ workspaces, isWhole }: JobsOfRun): JobOutcomes {
  const all = workspaces.flatMap(({ jobs }) => jobs);
  const count = (state: Job['state']) => all.filter((job) => job.state === state).length;
  const [succeeded, dead, cancelled] = [count('succeeded'), count('dead'), count('cancelled')];
  const waits = all.flatMap((job) => {
    const times = timesOf(job);
    return times?.startedAtMs === undefined ? [] : times.startedAtMs - times.createdAtMs;
  });
  return {
    ...{ accepted: all.length, succeeded, dead, cancelled },
    unfinished: all.length - succeeded - dead - cancelled,
    isWhole,
    waitMs: waitsOf(waits),
  };
}

/** Over the minutes of the run. */
export function fairnessOf({ workspaces }: JobsOfRun, untilMs: number): Fairness {
  const compared = workspaces.filter(({ workspace }) => !isLimited(workspace));
  const times = compared.map(({ workspace, jobs }): WorkspaceTimes => {
    const known = jobs.flatMap((job) => timesOf(job) ?? []);
    return {
      name: workspace.name,
      weight: workspace.settings.weight,
      // Who was never started has waited all the while: as if it came right after the run.
      jobs: known.map(({ createdAtMs, startedAtMs = untilMs + MINUTE_MS }) => ({ createdAtMs, startedAtMs })),
    };
  });
  const heavyMinutes = minuteReport(times).filter(isHeavyMinute);
  const indexes = heavyMinutes.flatMap(({ jain }) => jain ?? []);
  const mean = indexes.reduce((sum, index) => sum + index, 0) / indexes.length;
  return {
    heavyMinutes,
    jain: indexes.length === 0 ? null : { mean, least: Math.min(...indexes) },
    leftOut: workspaces.length - compared.length,
  };
}

/** A job that waits for its owner's own limit, or whose share is of run time, is not started in proportion to weights. */
function isLimited({ settings }: Workspace): boolean {
  const { concurrency, ratePerSecond, paused, fairness } = settings;
  const isOwn = (limit: number | 'quota') => limit !== 'quota' && limit > 0;
  return (
    paused || isOwn(concurrency) || ratePerSecond === 'quota' || ratePerSecond > 0 || fairness === 'runtime'
  );
}

/** Undefined for a job of whose attempts only the last is known, and for one that ended without any. */
function timesOf(job: Job): { createdAtMs: number; startedAtMs: number | undefined } | undefined {
  if (job.attempts > 1 || (job.startedAt == null && job.finishedAt != null)) return undefined;
  const createdAtMs = Math.max(Date.parse(job.createdAt ?? ''), Date.parse(job.runAt ?? job.createdAt ?? ''));
  if (Number.isNaN(createdAtMs)) return undefined;
  const startedAtMs = job.startedAt == null ? undefined : Math.max(createdAtMs, Date.parse(job.startedAt));
  return { createdAtMs, startedAtMs };
}

/** p50 and p95 by nearest rank; null of none. */
function waitsOf(waitsMs: readonly number[]): { p50: number; p95: number } | null {
  if (waitsMs.length === 0) return null;
  const ascending = waitsMs.toSorted((a, b) => a - b);
  return { p50: nearestRank(ascending, 0.5), p95: nearestRank(ascending, 0.95) };
}
