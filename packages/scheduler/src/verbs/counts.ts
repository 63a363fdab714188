import {
  BASE_QUOTA,
  type Bucket,
  type Limits,
  limitsOf,
  PARK_REASONS,
  type ParkReason,
  type RecentService,
  type WaitingReason,
  type WorkspaceConfig,
  waitingReason,
} from '@fairlead/core';
import type { RedisHandle } from '../connection.ts';
import { routingKey, shardPrefix } from '../keys.ts';
import { callScript } from '../scripts.ts';
import { bucketFrom, configFrom, type SettingFields } from './settings-fields.ts';

/** Where a workspace stands: `running` has jobs in flight and nothing more that could start now. */
export type WorkspaceState = 'idle' | 'ready' | 'parked' | 'running' | 'quarantined';

export interface WorkspaceCounts {
  readonly workspace: string;
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  /** Completed jobs that are still kept in Redis. */
  readonly completed: number;
  /** Dead letters that are still kept in Redis. */
  readonly dead: number;
  readonly state: WorkspaceState;
  readonly parkedReason?: ParkReason | undefined;
  /** Why its runnable jobs wait; absent when there are none. */
  readonly waitingReason?: WaitingReason;
  /** For how long the next job in line has been runnable, ms; absent when none is. */
  readonly oldestRunnableAgeMs?: number;
  /** What was started lately, of this workspace and of all of its shard. */
  readonly recent: RecentService;
  /** How far it is behind its fair share, in virtual time; see `lagOf` in core. */
  readonly lag: number;
  /** Its place on the ladder. */
  readonly quota: number;
  /** The numbers that hold for it, with its quota put in; 0 = unlimited. */
  readonly limits: Limits;
}

/** The same, with what an estimate needs besides. */
export interface WorkspaceStanding extends WorkspaceCounts {
  /** Redis' time. */
  readonly nowMs: number;
  readonly hasConsumer: boolean;
  readonly config: WorkspaceConfig;
  readonly bucket: Bucket | undefined;
  /** When a parked one is looked at again. */
  readonly parkedUntilMs: number;
}

/** In the order of the numbers that counts.lua answers. */
const STATES: readonly WorkspaceState[] = ['idle', 'ready', 'parked', 'running', 'quarantined'];
const CHUNK = 200;

type Row = [
  waiting: number,
  active: number,
  delayed: number,
  completed: number,
  dead: number,
  state: number,
  reason: number,
  parkedUntil: string,
  lag: string,
  oldest: string,
  starts: string,
  ...settings: SettingFields,
];

type Answer = [
  now: string,
  alive: number,
  allStarts: string,
  allWeights: string,
  windowMs: number,
  rows: Row[],
];

/** Live counts of workspaces of one shard, in the order asked; one call for 200 of them. See counts.lua. */
export async function readStandings(
  redis: RedisHandle,
  shard: number,
  workspaces: readonly string[],
): Promise<WorkspaceStanding[]> {
  const standings: WorkspaceStanding[] = [];
  for (let from = 0; from < workspaces.length; from += CHUNK) {
    const chunk = workspaces.slice(from, from + CHUNK);
    const answer = (await callScript(redis, 'counts', routingKey(shard), [
      shardPrefix(shard),
      ...chunk,
    ])) as Answer;
    chunk.forEach((workspace, i) => {
      standings.push(standingOf(workspace, answer, answer[5][i] as Row));
    });
  }
  return standings;
}

/** Why runnable jobs of the workspace wait. */
export function reasonOf(of: Pick<WorkspaceStanding, 'config' | 'state' | 'hasConsumer' | 'parkedReason'>) {
  return waitingReason({
    paused: of.config.paused,
    quarantined: of.state === 'quarantined',
    hasConsumer: of.hasConsumer,
    parkedReason: of.parkedReason,
  });
}

/** The public part: what follows from it is the caller's to know. */
export function countsOf(standing: WorkspaceStanding): WorkspaceCounts {
  const {
    nowMs: _now,
    hasConsumer: _consumer,
    config: _config,
    bucket: _bucket,
    parkedUntilMs: _until,
    ...counts
  } = standing;
  return counts;
}

function standingOf(workspace: string, answer: Answer, row: Row): WorkspaceStanding {
  const [now, alive, allStarts, allWeights, windowMs] = answer;
  const [waiting, active, delayed, completed, dead, stateNumber, reason, parkedUntil, lag, oldest, ...rest] =
    row;
  const [starts, ...fields] = rest;
  const nowMs = Number(now);
  const state = STATES[stateNumber] ?? 'idle';
  const parkedReason = PARK_REASONS[reason];
  const hasConsumer = alive === 1;
  const { config, quota = BASE_QUOTA } = configFrom(fields);
  return {
    workspace,
    waiting,
    active,
    delayed,
    completed,
    dead,
    state,
    ...(parkedReason ? { parkedReason } : {}),
    ...(waiting > 0 ? { waitingReason: reasonOf({ config, state, hasConsumer, parkedReason }) } : {}),
    ...(oldest === '' ? {} : { oldestRunnableAgeMs: Math.max(0, nowMs - Number(oldest)) }),
    recent: {
      starts: windowMs === 0 ? 0 : Number(starts),
      allStarts: Number(allStarts),
      allWeights: Number(allWeights),
      windowMs,
    },
    lag: Number(lag),
    quota,
    limits: limitsOf(config, quota),
    nowMs,
    hasConsumer,
    config,
    bucket: bucketFrom(fields),
    parkedUntilMs: Number(parkedUntil),
  };
}
