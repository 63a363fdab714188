import { setImmediate as turn } from 'node:timers/promises';
import { replayStepsInModel, type WorkspaceTimes } from '@fairlead/core';
import type { Context } from '../context.ts';
import { openProgress } from '../output/progress.ts';
import type { Plan } from './plan.ts';

/** So long it works between two looks at what else there is: Ctrl-C, and the line of progress. */
const BREATH_MS = 100;

/** Plays the plan in the model, as fast as it goes. Rejects when the user has had enough. */
export async function replayInModel(
  { err, signal, nowMs }: Pick<Context, 'err' | 'signal' | 'nowMs'>,
  { jobs }: Plan,
  slots: number,
): Promise<WorkspaceTimes[]> {
  const progress = openProgress(err);
  const trace = jobs.map(({ workspace, atMs, runMs }) => ({ tenant: workspace, atMs, runMs }));
  const steps = replayStepsInModel(trace, { slots });
  let breathedMs = nowMs();
  try {
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
      if (nowMs() - breathedMs < BREATH_MS) continue;
      progress.say(`${step.value} of ${jobs.length} jobs started`);
      await turn();
      signal.throwIfAborted();
      breathedMs = nowMs();
    }
  } finally {
    progress.clear();
  }
}
