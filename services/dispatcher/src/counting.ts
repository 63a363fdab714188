/** What is accepted, and what is not although its sender did nothing wrong, counted by workspace for the controller. */
import { reasonOf } from '@fairlead/core';
import { type ProblemDocument, problemOf } from '@fairlead/http';
import type { Tally } from '@fairlead/scheduler';
import type { Intake } from './intake.ts';
import type { DispatchAnswer } from './windows/dispatch.ts';

type Jobs = readonly { readonly workspace: string }[];

/** The intake; a job that was accepted before counts for neither. */
export function counting(intake: Intake, tally: Tally): Intake {
  return {
    async accept(jobs) {
      const answers = await intake.accept(jobs).catch((error: unknown) => {
        countRefused(tally, jobs, problemOf(error));
        throw error;
      });
      answers.forEach((answer, place) => {
        const { workspace } = jobs[place] as (typeof jobs)[number];
        if (answer.outcome === 'accepted') tally.of(workspace).enqueues++;
        if (answer.outcome === 'refused') countRefused(tally, [{ workspace }], answer.problem);
      });
      return answers;
    },
  };
}

/** A post of a dispatch window: all of its jobs have the same fate, but where some run here and the queue has the others. */
export function countDispatched(tally: Tally, jobs: Jobs, answer: DispatchAnswer): void {
  switch (answer.mode) {
    case 'dispatch-only':
      for (const { workspace } of jobs) tally.of(workspace).enqueues++;
      break;
    case 'inline-forced':
      for (const { workspace } of jobs) {
        if (answer.notInTime.has(workspace)) tally.of(workspace).enqueueFailures++;
        else tally.of(workspace).enqueues++;
      }
      break;
    case 'inline-emergency-fallback':
      // They ran, because the queue did not take them.
      for (const { workspace } of jobs) tally.of(workspace).enqueueFailures++;
      break;
    case 'dispatch-failed':
    case 'refused':
      countRefused(tally, jobs, answer.problem);
      break;
    case 'dispatch-duplicate-suppressed':
    case 'inline-stale-run-recovery':
      // These jobs were accepted before.
      break;
  }
}

/**
 * Below 500 the request is at fault, or its workspace has too much already. Nor is backpressure a failure: it refuses
 * everybody on purpose, and says nothing about a change that is being rolled out.
 */
export function countRefused(tally: Tally, jobs: Jobs, { status, code }: ProblemDocument): void {
  if (status < 500 || reasonOf(code) !== undefined) return;
  for (const { workspace } of jobs) tally.of(workspace).enqueueFailures++;
}
