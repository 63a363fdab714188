/**
 * What the conformance suite asks of a system that shares workers between tenants: a port small enough for the model with
 * its virtual clock, for real consumers on Redis, and for other people's queues.
 *
 * A scenario opens a contest, gives it work, lets time pass, and looks at what was seen. Whether time is virtual or real
 * is the system's business; scenarios name times in milliseconds since the start of the contest.
 */
import type { WorkspaceConfig } from '@fairlead/core';

/** What not every system has. A scenario that needs what is lacking is not played, and its result is "n/a". */
export type Ability =
  /** Weights that can be changed while it runs. */
  | 'weights'
  /** Limits of jobs in flight and of starts a second, for each workspace. */
  | 'quotas'
  /** Several jobs of one workspace at once. */
  | 'several_at_once'
  /** Priorities, delays and retries. */
  | 'order'
  /** Several replicas, one of which can be killed. */
  | 'kill'
  /** Its requests to the server can be counted. */
  | 'requests';

export interface FairSystem {
  /** Part of the names of figures: `redis`. */
  readonly name: string;
  /** Peers are measured by the same scenarios and held to no goal. */
  readonly standing: 'ours' | 'peer';
  readonly lacks: ReadonlySet<Ability>;
  /**
   * How closely weights are to be kept: to the quantum in every window, or, over several shards, which know nothing of each
   * other, within 5 % in the end.
   */
  readonly keeps: 'to_the_quantum' | 'within_5_percent';
  /** Begins anew: nothing of an earlier contest is left. */
  open(setup: Setup): Promise<Contest>;
}

export interface Setup {
  /** Jobs that one replica runs at once. */
  readonly slots: number;
  /** Default 1. */
  readonly replicas?: number;
  /** The first of them will be killed. Default false. */
  readonly killable?: boolean;
}

/** Of the settings of a workspace, those that a scenario changes; a system without them ignores them. */
export type Settings = Partial<WorkspaceConfig>;

export interface PlannedJob {
  readonly workspace: string;
  /** How long it holds a slot, ms; 0 for a job that does nothing. */
  readonly runMs: number;
  readonly priority?: number;
  readonly delayMs?: number;
  /** So many attempts fail before one succeeds; each is tried again after `retryMs`. */
  readonly failures?: number;
  readonly retryMs?: number;
}

/** How far a contest is. */
export interface Progress {
  readonly started: number;
  readonly ended: number;
  startedOf(workspace: string): number;
  /** Jobs that the replica of this number, from 0, runs at the moment. */
  runningOn(replica: number): number;
}

export interface Contest {
  /** Resolves once the settings hold for whatever is started next. */
  configure(settings: ReadonlyMap<string, Settings>): Promise<void>;
  /** Resolves once the jobs are there. */
  add(jobs: readonly PlannedJob[]): Promise<void>;
  /** Starts the replicas, and the clock. */
  start(): Promise<void>;
  /** Lets time pass until so many ms after the start; at once when they have passed. */
  untilMs(ms: number): Promise<void>;
  /** Lets time pass until this is so. @throws Error when it is not within `PATIENCE_MS` */
  until(reached: (progress: Progress) => boolean): Promise<void>;
  /** Kills the first replica of a killable contest, without a word to anybody. */
  kill(): Promise<void>;
  /** Lets `ms` pass and counts what all replicas ask of the server meanwhile. */
  requestsDuring(ms: number): Promise<number>;
  seen(): Seen;
  /** Ends everything, whatever still runs. */
  close(): Promise<void>;
}

/** Longest time that a contest may take to get somewhere, ms. */
export const PATIENCE_MS = 300_000;

/** One attempt of a job, from when it could run; times in ms since the start of the contest. */
export interface Attempt {
  /** The place of the job in the order in which jobs were added. */
  readonly job: number;
  readonly workspace: string;
  readonly priority: number;
  /** When it was added, its delay was over, or its retry due. */
  readonly readyAtMs: number;
  /** Undefined: it has not started. */
  readonly startedAtMs: number | undefined;
  /** Undefined: it still runs. Of a killed replica, when that was killed. */
  readonly endedAtMs: number | undefined;
  /** Whether its replica was killed; the job then has another attempt. */
  readonly killed: boolean;
}

export interface Seen {
  /** When the look was taken. */
  readonly atMs: number;
  /** In the order in which they became known. */
  readonly attempts: readonly Attempt[];
  /** Workspaces in the order of starts. */
  readonly starts: readonly string[];
}
