import type { JobView } from '@fairlead/scheduler';
import type { JobAnswer } from './api/jobs.ts';

/** A job as clients see it: times are ISO 8601. */
export function presentJob(job: JobView): JobAnswer {
  const { createdAtMs, runAtMs, startedAtMs, finishedAtMs, estimatedStartAtMs, ...rest } = job;
  return {
    ...rest,
    ...(estimatedStartAtMs === undefined
      ? {}
      : { estimatedStartAt: new Date(estimatedStartAtMs).toISOString() }),
    createdAt: iso(createdAtMs),
    ...(runAtMs === undefined ? {} : { runAt: iso(runAtMs) }),
    ...(startedAtMs === undefined ? {} : { startedAt: iso(startedAtMs) }),
    ...(finishedAtMs === undefined ? {} : { finishedAt: iso(finishedAtMs) }),
  };
}

/** A stock producer may have written any number as a time. */
function iso(ms: number): string | null {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
