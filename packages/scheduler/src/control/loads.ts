/**
 * Live numbers of all workspaces that have work, for the controller: what waits, what runs, and what holds it back.
 *
 * The three sets of a shard name them; ZSCAN tells each name that stays in its set. A workspace that leaves the park for
 * the ring between the two scans, and has nothing in flight, is left out this time.
 */
import {
  BASE_QUOTA,
  type Bucket,
  DEFAULT_WORKSPACE_CONFIG,
  freeSlots,
  limitsOf,
  PARK_REASONS,
  type ParkReason,
  refill,
  startsAllowed,
  type WaitingFor,
  type WorkspaceConfig,
} from '@fairlead/core';
import type { RedisHandle } from '../connection.ts';
import { routingKey, setKey, shardPrefix } from '../keys.ts';
import { callScript } from '../scripts.ts';
import { bucketFrom, configFrom, type SettingFields } from '../verbs/settings-fields.ts';

export interface WorkspaceLiveLoad {
  readonly workspace: string;
  /** Jobs that are due and not started. */
  readonly backlog: number;
  readonly inFlight: number;
  /** Slots that are free; null = unlimited. */
  readonly unusedConcurrency: number | null;
  /** Starts that the token bucket allows now; null = unlimited. */
  readonly availableTokens: number | null;
  /** For how long the job that waits longest could have run, ms; 0 = none waits. */
  readonly oldestRunnableMs: number;
  readonly paused: boolean;
  readonly waitingFor: WaitingFor;
}

/** Workspaces of one call: it holds Redis for about two milliseconds. */
const CHUNK = 128;
const SCAN = 1_000;
const DEFAULTS = { config: DEFAULT_WORKSPACE_CONFIG, quota: undefined };
/** A runnable job that waits no longer than that waits for its turn; a longer wait is for want of capacity. */
const TURN_MS = 1_000;

type Row = [
  workspace: string,
  backlog: number,
  inFlight: number,
  reason: number,
  oldestSince: string,
  ...settings: SettingFields | [],
];
type Answer = [nowUs: string, rows: Row[]];

/** The loads of one shard, some hundreds at a time. See loads.lua. */
export async function* readLoads(
  redis: RedisHandle,
  shard: number,
): AsyncGenerator<readonly WorkspaceLiveLoad[]> {
  const names = [...(await namesWithWork(redis, shard))];
  for (let from = 0; from < names.length; from += CHUNK) {
    const args = [shardPrefix(shard), ...names.slice(from, from + CHUNK)];
    const [nowUs, rows] = (await callScript(redis, 'loads', routingKey(shard), args)) as Answer;
    yield rows.map((row) => loadOf(row, Number(nowUs)));
  }
}

async function namesWithWork(redis: RedisHandle, shard: number): Promise<Set<string>> {
  const names = new Set<string>();
  for (const set of ['ring', 'park', 'busy'] as const) {
    let cursor = '0';
    do {
      const [next, members] = await redis.zscan(setKey(shard, set), cursor, 'COUNT', SCAN);
      for (let i = 0; i < members.length; i += 2) names.add(members[i] as string);
      cursor = next;
    } while (cursor !== '0');
  }
  return names;
}

function loadOf(row: Row, nowUs: number): WorkspaceLiveLoad {
  const [workspace, backlog, inFlight, reason, oldestSince, ...fields] = row;
  const nowMs = Math.floor(nowUs / 1_000);
  const { config, quota } = fields.length === 0 ? DEFAULTS : configFrom(fields);
  const oldestRunnableMs = oldestSince === '' ? 0 : Math.max(0, nowMs - Number(oldestSince));
  const bucket = fields.length === 0 ? undefined : bucketFrom(fields);
  const unused = unusedOf(config, quota ?? BASE_QUOTA, inFlight, bucket, nowUs);
  const { paused } = config;
  const waitingFor =
    backlog === 0 ? null : waitingForOf(paused, PARK_REASONS[reason], unused, oldestRunnableMs);
  return { workspace, backlog, inFlight, ...unused, oldestRunnableMs, paused, waitingFor };
}

type Unused = Pick<WorkspaceLiveLoad, 'unusedConcurrency' | 'availableTokens'>;

function unusedOf(
  config: WorkspaceConfig,
  quota: number,
  inFlight: number,
  bucket: Bucket | undefined,
  nowUs: number,
): Unused {
  const { concurrency, ratePerSecond, burst } = limitsOf(config, quota);
  return {
    unusedConcurrency: concurrency === 0 ? null : freeSlots(concurrency, inFlight),
    availableTokens: ratePerSecond === 0 ? null : startsAllowed(refill(bucket, ratePerSecond, burst, nowUs)),
  };
}

/** What its waiting work waits for. BullMQ's own pause and rate limit count as ours. */
function waitingForOf(
  paused: boolean,
  parked: ParkReason | undefined,
  { unusedConcurrency, availableTokens }: Unused,
  oldestRunnableMs: number,
): WaitingFor {
  if (paused || parked === 'queue_paused') return 'pause';
  if (unusedConcurrency === 0) return 'slots';
  if (availableTokens === 0 || parked === 'rate_limited') return 'tokens';
  return oldestRunnableMs > TURN_MS ? 'capacity' : null;
}
