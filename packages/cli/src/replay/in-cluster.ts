import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkspaceTimes } from '@fairlead/core';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { openProgress } from '../output/progress.ts';
import { type HandedIn, handIn, nothingHandedIn } from './hand-in.ts';
import { type JobEnd, readEnds } from './job-ends.ts';
import type { Plan } from './plan.ts';
import type { Cluster } from './report.ts';
import { untilDone } from './until-done.ts';

export interface ClusterReplayOptions {
  readonly speed: number;
  readonly type: string;
}

export interface ClusterReplay {
  readonly times: WorkspaceTimes[];
  readonly cluster: Cluster;
  /** What the refused were refused for, most often first. */
  readonly refusals: readonly (readonly [string, number])[];
}

/** Without any change for so long, and the time of the longest job, nobody runs these jobs. */
const PATIENCE_MS = 60_000;
const LOOK_AGAIN_MS = 1_000;

/** Hands in the plan, and waits for its end. @throws Failure with what was handed in, when it was cut short */
export async function replayInCluster(
  context: Pick<Context, 'ask' | 'signal' | 'err'>,
  plan: Plan,
  { speed, type }: ClusterReplayOptions,
): Promise<ClusterReplay> {
  const progress = openProgress(context.err);
  const handed = nothingHandedIn();
  try {
    await handIn(context, handed, {
      jobs: plan.jobs,
      type,
      runId: `replay-${randomUUID()}`,
      tell: progress.say,
    });
    const { ends, weights } = await ended(context, plan, handed, type, progress.say);
    return {
      times: timesOf(plan, ends, weights),
      cluster: {
        ...{ speed, type, accepted: handed.accepted.length, refused: handed.refused },
        ...{
          succeeded: count(ends, 'succeeded'),
          dead: count(ends, 'dead'),
          cancelled: count(ends, 'cancelled'),
        },
        ...{ unfinished: count(ends, 'unfinished'), lost: count(ends, 'lost') },
        lateMs: Math.round(handed.lateMs),
      },
      refusals: [...handed.refusals].sort(([, a], [, b]) => b - a),
    };
  } catch (error) {
    throw cutShort(error, plan, handed, context.signal.aborted);
  } finally {
    progress.clear();
  }
}

/** What became of the accepted ones, once all of them have ended or nothing moves any more. */
async function ended(
  context: Pick<Context, 'ask' | 'signal'>,
  plan: Plan,
  { accepted }: HandedIn,
  type: string,
  tell: (words: string) => void,
): Promise<{ ends: JobEnd[]; weights: ReadonlyMap<string, number> }> {
  const longestMs = plan.jobs.reduce((most, { runMs }) => Math.max(most, runMs), 0);
  const workspaces = new Set(accepted.map(({ workspace }) => workspace));
  const patienceMs = PATIENCE_MS + longestMs;
  let unfinishedBefore = Number.NaN;
  let movedMs = performance.now();
  for (;;) {
    const { outcome, seen } = await untilDone(context, workspaces, patienceMs, tell);
    const ends = await readEnds(context, accepted, type, tell);
    const unfinished = count(ends, 'unfinished');
    if (unfinished !== unfinishedBefore) movedMs = performance.now();
    const isLate = performance.now() - movedMs > patienceMs;
    if (unfinished === 0 || outcome === 'stuck' || isLate) return { ends, weights: seen.weights };
    unfinishedBefore = unfinished;
    // Accepted, and not in Redis yet: on its way.
    await sleep(LOOK_AGAIN_MS, undefined, { signal: context.signal });
  }
}

function timesOf(
  plan: Plan,
  ends: readonly JobEnd[],
  weights: ReadonlyMap<string, number>,
): WorkspaceTimes[] {
  const started = Map.groupBy(
    ends.flatMap(({ workspace, createdAtMs, startedAtMs }) =>
      startedAtMs === undefined ? [] : [{ workspace, createdAtMs, startedAtMs }],
    ),
    ({ workspace }) => workspace,
  );
  return [...plan.tenants.keys()].map((name) => ({
    name,
    weight: weights.get(name) ?? 1,
    jobs: started.get(name) ?? [],
  }));
}

function count(ends: readonly JobEnd[], state: JobEnd['state']): number {
  return ends.filter((end) => end.state === state).length;
}

/** The jobs that are there run on: whoever stops has to know of them. */
function cutShort(
  error: unknown,
  { jobs }: Plan,
  { accepted, refused, unknown }: HandedIn,
  interrupted: boolean,
): unknown {
  if (!interrupted && !(error instanceof Failure)) return error;
  const sums = [
    `${accepted.length} of ${jobs.length} jobs were handed in`,
    ...(refused === 0 ? [] : [`${refused} refused`]),
    ...(unknown === 0 ? [] : [`of ${unknown} more nobody knows`]),
  ].join(', ');
  const runOn = accepted.length + unknown === 0 ? undefined : 'Those that were handed in run on.';
  if (interrupted) return new Failure(EXIT.interrupted, `Interrupted: ${sums}.`, { fix: runOn });
  const { exitCode, message, fix } = error as Failure;
  return new Failure(exitCode, `${message}\n${sums}.`, {
    fix: [fix, runOn].filter(Boolean).join(' ') || undefined,
  });
}
