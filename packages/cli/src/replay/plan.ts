/** What a replay hands in, and when: of a trace, the jobs at the replay's pace, in the names of workspaces. */
import { type TraceJob, workspaceNames } from '@fairlead/core';
import { usage } from '../failure.ts';
import { duration } from '../output/time.ts';

export interface PlannedJob {
  readonly workspace: string;
  /** Since the replay began. */
  readonly atMs: number;
  /** How long it is to run. */
  readonly runMs: number;
}

export interface Plan {
  /** In order of time. */
  readonly jobs: readonly PlannedJob[];
  /** The tenant of each workspace, those with most jobs first. */
  readonly tenants: ReadonlyMap<string, string>;
  /** How long a minute of the trace takes. */
  readonly minuteMs: number;
}

/** As long as `demo.sleep` sleeps at most. */
const LONGEST_RUN_MS = 3_600_000;

/** @throws Failure when a job would run for longer than it may */
export function planReplay(trace: readonly TraceJob[], prefix: string, speed: number): Plan {
  const names = workspaceNames(
    trace.map(({ tenant }) => tenant),
    prefix,
  );
  const jobs = trace.map(({ tenant, atMs, runMs }) => ({
    workspace: names.get(tenant) as string,
    atMs: atMs / speed,
    runMs: Math.round(runMs / speed),
  }));
  const longestMs = jobs.reduce((most, { runMs }) => Math.max(most, runMs), 0);
  if (longestMs > LONGEST_RUN_MS) {
    throw usage(
      `A job of the trace would run for ${duration(longestMs)}, and an hour is the most.`,
      `Replay it faster: --speed ${Math.ceil((speed * longestMs) / LONGEST_RUN_MS)}.`,
    );
  }
  return {
    jobs,
    tenants: new Map([...names].map(([tenant, name]) => [name, tenant])),
    minuteMs: 60_000 / speed,
  };
}
