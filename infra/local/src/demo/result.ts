import { type MeasuredFairness, measureFairness, nearestRank } from '@fairlead/core';
import type { PlannedWorkspace } from './plan.ts';

/** What became of one job that the dispatcher accepted. */
export type JobFate =
  | { workspace: string; fate: 'succeeded'; createdAtMs: number; startedAtMs: number; finishedAtMs: number }
  | { workspace: string; fate: 'dead'; why: string }
  | { workspace: string; fate: 'lost'; why: string };

export interface WorkspaceResult {
  readonly name: string;
  readonly weight: number;
  readonly accepted: number;
  readonly completed: number;
  readonly waitMsP50: number;
  readonly waitMsP95: number;
}

/** What `--json` writes. */
export interface DemoResult {
  readonly jobs: { accepted: number; completed: number; failed: number; lost: number };
  readonly replicas: number;
  readonly workspaces: readonly WorkspaceResult[];
  readonly fairness: MeasuredFairness;
  /** What the controller changed, by kind and reason. */
  readonly decisions: Readonly<Record<string, number>>;
  readonly seconds: number;
}

export const LEAST_JAIN = 0.95;
/** What a light workspace may wait while another has thousands in line, 95 times of 100. */
const LIGHT_WAIT_MS = 2_000;

export interface DemoRecords {
  readonly workspaces: readonly PlannedWorkspace[];
  readonly fates: readonly JobFate[];
  /** Per workspace, when it was seen without a waiting job. */
  readonly seenIdleAtMs: ReadonlyMap<string, readonly number[]>;
  readonly replicas: number;
  readonly decisions: ReadonlyMap<string, number>;
  readonly seconds: number;
}

/** Sums up what became of every accepted job. Waits run from the creation of a job to the start of its last attempt. */
export function summarize(records: DemoRecords): DemoResult {
  const { workspaces, fates, seenIdleAtMs, replicas, seconds } = records;
  const byWorkspace = new Map<string, JobFate[]>(workspaces.map(({ name }) => [name, []]));
  for (const fate of fates) byWorkspace.get(fate.workspace)?.push(fate);
  const succeeded = (name: string) => (byWorkspace.get(name) ?? []).filter((job) => job.fate === 'succeeded');
  const count = (fate: JobFate['fate']) => fates.filter((job) => job.fate === fate).length;
  const fairness = measureFairness(
    workspaces
      .filter(({ rate }) => rate === undefined)
      .map(({ name, weight }) => ({
        name,
        weight,
        jobs: succeeded(name),
        seenIdleAtMs: seenIdleAtMs.get(name) ?? [],
      })),
  );
  return {
    jobs: {
      accepted: fates.length,
      completed: count('succeeded'),
      failed: count('dead'),
      lost: count('lost'),
    },
    replicas,
    workspaces: workspaces.map(({ name, weight }) => {
      const done = succeeded(name);
      const waits = done.map((job) => Math.max(0, job.startedAtMs - job.createdAtMs)).sort((a, b) => a - b);
      return {
        name,
        weight,
        accepted: byWorkspace.get(name)?.length ?? 0,
        completed: done.length,
        waitMsP50: nearestRank(waits, 0.5),
        waitMsP95: nearestRank(waits, 0.95),
      };
    }),
    fairness: { ...fairness, jain: rounded(fairness.jain, 4), jainMin: rounded(fairness.jainMin, 4) },
    decisions: Object.fromEntries(records.decisions),
    seconds: rounded(seconds, 1),
  };
}

/**
 * Why the replay did not go as it must; nothing when it did.
 *
 * @param light workspaces that may not have to wait
 */
export function complaints(
  result: DemoResult,
  refused: number,
  light: ReadonlySet<string> = new Set(),
): string[] {
  const { accepted, completed, failed, lost } = result.jobs;
  const { jain, windows } = result.fairness;
  const all: string[] = [];
  if (refused > 0) all.push(`${refused} jobs were refused by the dispatcher`);
  if (failed > 0) all.push(`${failed} of ${accepted} jobs failed`);
  if (lost > 0) all.push(`${lost} of ${accepted} accepted jobs did not finish`);
  if (completed === 0) all.push('no job was completed');
  for (const { name, waitMsP95 } of result.workspaces) {
    if (light.has(name) && waitMsP95 > LIGHT_WAIT_MS)
      all.push(
        `${name} waited too long beside the noisy one: p95 ${waitMsP95} ms, at most ${LIGHT_WAIT_MS} is asked for`,
      );
  }
  if (windows === 0)
    all.push('fairness could not be judged: never were two workspaces backlogged for a whole second');
  else if (jain < LEAST_JAIN)
    all.push(`service was not fair: Jain's index is ${jain}, and ${LEAST_JAIN} is asked for`);
  return all;
}

function rounded(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
