/**
 * What the replay submits, and when. Pure: a trace in, timed jobs out.
 *
 * The applications of the trace are the light workspaces. Against them stand a noisy neighbour with a burst of
 * thousands, three paying ones with weights 1 : 2 : 4 and a backlog that lasts, so that their shares can be compared,
 * and one which is held back by its own token bucket. The sizes are chosen so that the three with a weight run dry
 * at about the same time, after some forty seconds, and the noisy one is done some fifteen seconds later.
 */
import { type TraceJob, workspaceNames } from '@fairlead/core';

export type WorkspaceKind = 'trace' | 'noisy' | 'weighted' | 'metered';

export interface PlannedWorkspace {
  readonly name: string;
  readonly kind: WorkspaceKind;
  readonly weight: number;
  /** Its token bucket, when it has one. */
  readonly rate?: { readonly ratePerSecond: number; readonly burst: number };
}

export interface PlannedJob {
  readonly workspace: string;
  /** Since the start of the replay. */
  readonly atMs: number;
  /** How long it works. */
  readonly workMs: number;
}

export interface Plan {
  readonly workspaces: readonly PlannedWorkspace[];
  /** In order of time. */
  readonly jobs: readonly PlannedJob[];
}

export interface PlanSizes {
  /** The trace is squeezed into this time, its durations with it. */
  readonly traceMs: number;
  readonly noisyJobs: number;
  /** Jobs per unit of weight. */
  readonly weightedJobs: number;
  readonly meteredJobs: number;
  /** Mean work of a job that is not from the trace. */
  readonly workMs: number;
}

export const DEMO_SIZES: PlanSizes = {
  traceMs: 45_000,
  noisyJobs: 4_000,
  weightedJobs: 1_000,
  meteredJobs: 200,
  workMs: 200,
};

const WEIGHTED = [
  { name: 'gold', weight: 4 },
  { name: 'silver', weight: 2 },
  { name: 'bronze', weight: 1 },
] as const;
const NOISY = 'noisy-neighbour';
const METERED = 'metered';
const METERED_RATE = { ratePerSecond: 5, burst: 10 };

/** The noisy burst comes when the others are at work already, so that one can see what it does to them: nothing. */
const WEIGHTED_AT_MS = 1_000;
const NOISY_AT_MS = 4_000;

/** Turns a trace into workspaces and timed jobs. */
export function buildPlan(trace: readonly TraceJob[], sizes: PlanSizes = DEMO_SIZES): Plan {
  const spanMs = Math.max(1, ...trace.map(({ atMs }) => atMs));
  const scale = sizes.traceMs / spanMs;
  const names = workspaceNames(
    trace.map(({ tenant }) => tenant),
    'app-',
  );
  const fromTrace = trace.map(({ tenant, atMs, runMs }) => ({
    workspace: names.get(tenant) as string,
    atMs: Math.round(atMs * scale),
    workMs: Math.max(1, Math.round(runMs * scale)),
  }));
  const jobs = [
    ...fromTrace,
    ...WEIGHTED.flatMap(({ name, weight }) =>
      burst(name, WEIGHTED_AT_MS, weight * sizes.weightedJobs, sizes.workMs),
    ),
    ...burst(METERED, WEIGHTED_AT_MS, sizes.meteredJobs, sizes.workMs),
    ...burst(NOISY, NOISY_AT_MS, sizes.noisyJobs, sizes.workMs),
  ].sort((a, b) => a.atMs - b.atMs);
  const workspaces: PlannedWorkspace[] = [
    ...WEIGHTED.map(({ name, weight }) => ({ name, kind: 'weighted' as const, weight })),
    { name: NOISY, kind: 'noisy', weight: 1 },
    { name: METERED, kind: 'metered', weight: 1, rate: METERED_RATE },
    ...[...names.values()].map((name) => ({ name, kind: 'trace' as const, weight: 1 })),
  ];
  return { workspaces, jobs };
}

/** Work varies by a quarter to either side, evenly and without chance, so that slots do not free in step. */
function burst(workspace: string, atMs: number, count: number, meanMs: number): PlannedJob[] {
  return Array.from({ length: count }, (_, index) => ({
    workspace,
    atMs,
    workMs: Math.round(meanMs * (0.75 + (((index * 37) % 101) / 100) * 0.5)),
  }));
}
