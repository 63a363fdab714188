/** What is accepted, and what is not although its sender did nothing wrong, counted by workspace for the controller. */
import { problemOf } from '@fairlead/http';
import type { Tally } from '@fairlead/scheduler';
import type { Intake } from './intake.ts';
import type { DispatchAnswer } from './windows/dispatch.ts';

type Jobs = readonly { readonly workspace: string }[];

/** The intake; a job that was accepted before counts for neither. */
export function counting(intake: Intake, tally: Tally): Intake {
  return {
    async accept(jobs) {
      const answers = await intake.accept(jobs).catch((error: unknown) => {
        countRefused(tally, jobs, problemOf(error).status);
        throw error;
      });
      answers.forEach((answer, place) => {
        const { workspace } = jobs[place] as (typeof jobs)[number];
        if (answer.outcome === 'accepted') tally.of(workspace).enqueues++;
        if (answer.outcome === 'refused') countRefused(tally, [{ workspace }], answer.problem.status);
      });
      return answers;
    },
  };
}

/** A post of a dispatch window, all of whose jobs have the same fate. */
export function countDispatched(tally: Tally, jobs: Jobs, answer: DispatchAnswer): void {
  switch (answer.mode) {
    case 'dispatch-only':
    case 'inline-forced':
    case 'inline-emergency-fallback':
      for (const { workspace } of jobs) tally.of(workspace).enqueues++;
      break;
    case 'dispatch-failed':
    case 'refused':
      countRefused(tally, jobs, answer.problem.status);
      break;
    case 'dispatch-duplicate-suppressed':
    case 'inline-stale-run-recovery':
      // These jobs were accepted before.
      break;
  }
}

/** Below 500 the request is at fault, or its workspace has too much already. */
export function countRefused(tally: Tally, jobs: Jobs, status: number): void {
  if (status < 500) return;
  for (const { workspace } of jobs) tally.of(workspace).enqueueFailures++;
}
