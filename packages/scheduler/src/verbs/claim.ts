import type { Across } from '@fairlead/core';
import { ClaimedHash } from '../claimed-job.ts';
import type { RedisHandle } from '../connection.ts';
import { routingKey, shardPrefix } from '../keys.ts';
import { callScript } from '../scripts.ts';
import { pairs } from './pairs.ts';

export interface ClaimRequest {
  /** Jobs wanted, 1 to 64; 0 only looks. */
  readonly wanted: number;
  /** Unique for this claim. */
  readonly token: string;
  readonly lockMs: number;
  readonly replicaId: string;
  readonly quantum: number;
  readonly partitionCap: number;
  /** What the other shards are at; of one that is alone undefined. */
  readonly across?: Across | undefined;
}

export interface ShardClaim {
  readonly jobs: readonly ClaimedHash[];
  /** Server time of the claim. */
  readonly nowMs: number;
  /** When to ask again if nobody wakes the caller; undefined for never. */
  readonly nextMs: number | undefined;
  /** Workspaces left in the ring. */
  readonly ready: number;
  /** Workspaces that this claim parked, by the order of PARK_REASONS. */
  readonly parked: readonly number[];
  readonly quarantined: readonly { readonly workspace: string; readonly reason: string }[];
  /** Its next start, or where it rests, over all shards; of one that is alone undefined. */
  readonly at: number | undefined;
}

type Answer =
  | [refused: 0]
  | [
      granted: 1,
      now: string,
      next: string,
      ready: number,
      parked: number[],
      quarantined: string[],
      jobs: (string | string[])[],
      costs: string[],
      at?: string,
    ];

/** Most jobs of one call: more hold Redis for over 3 ms. */
export const MAX_CLAIM = 64;

/** Claims from one shard; undefined when it has no generation. See claim.lua. */
export async function claimFromShard(
  redis: RedisHandle,
  shard: number,
  request: ClaimRequest,
): Promise<ShardClaim | undefined> {
  const args = [
    shardPrefix(shard),
    request.wanted,
    request.token,
    request.lockMs,
    request.replicaId,
    request.quantum,
    request.partitionCap,
  ];
  if (request.across) {
    const { floor = '', until = '', wasAway } = request.across;
    args.push(floor, until, wasAway ? '1' : '');
  }
  const answer = (await callScript(redis, 'claim', routingKey(shard), args)) as Answer;
  if (answer[0] === 0) return undefined;
  const [, now, next, ready, parked, quarantined, flat, costs, at] = answer;
  const nowMs = Number(now);
  const { token, replicaId } = request;
  const charges = costs.length === 0 ? undefined : new Map(pairs<string>(costs));
  const origin = { shard, token, replicaId, nowMs, receivedAt: performance.now(), charges };
  const jobs: ClaimedHash[] = [];
  for (let i = 0; i + 2 < flat.length; i += 3) {
    jobs.push(new ClaimedHash(flat[i] as string, flat[i + 1] as string, origin, flat[i + 2] as string[]));
  }
  return {
    jobs,
    nowMs,
    nextMs: Number(next) < 0 ? undefined : Number(next),
    ready,
    parked,
    quarantined: pairs<string>(quarantined).map(([workspace, reason]) => ({ workspace, reason })),
    at: at === undefined ? undefined : Number(at),
  };
}
