/**
 * Backpressure on its way from the controller to the dispatchers: one key on the first shard.
 *
 * Only workspaces with a level are in it. Dispatchers ask every second; the version tells that nothing has changed, and
 * then the answer is three numbers. It expires by itself: a controller that has been gone for three ticks presses nobody.
 */
import type { Pressure } from '@fairlead/core';
import type { RedisHandle } from '../connection.ts';
import { routingKey, shardPrefix } from '../keys.ts';
import { callScript } from '../scripts.ts';

/** What is published. */
export interface Levels {
  /** Of the cluster; null when there is none. */
  readonly cluster: Pressure | null;
  /** Of workspaces; those without a level are not in it. */
  readonly workspaces: ReadonlyMap<string, Pressure>;
}

export interface PressureToPublish extends Levels {
  /** Of the lease under which it was decided. */
  readonly epoch: number;
  /** Time between two decisions, ms. */
  readonly tickMs: number;
}

export type PressureAnswer =
  /** Nobody presses: nothing was published, or what was has expired, or Redis has lost it. */
  | { readonly outcome: 'none' }
  | ({ readonly outcome: 'unchanged' } & Times)
  | ({ readonly outcome: 'changed'; readonly version: string } & Times & Levels);

interface Times {
  /** How long ago it was published: `retryAfterMs` counts from there. */
  readonly ageMs: number;
  readonly expiresInMs: number;
}

/** Ticks without a word after which nobody is pressed any more. */
const TICKS = 3;
const SHARD = 0;

/** `old_epoch`: somebody else leads by now, and nothing was changed. See press.lua. */
export async function publishPressure(
  redis: RedisHandle,
  { epoch, tickMs, ...levels }: PressureToPublish,
): Promise<'published' | 'old_epoch'> {
  const args = [shardPrefix(SHARD), epoch, tickMs * TICKS, encode(levels)];
  return (await callScript(redis, 'press', routingKey(SHARD), args)) === 1 ? 'published' : 'old_epoch';
}

/** See pressure.lua. */
export async function readPressure(redis: RedisHandle, knownVersion = ''): Promise<PressureAnswer> {
  const args = [shardPrefix(SHARD), knownVersion];
  const answer = (await callScript(redis, 'pressure', routingKey(SHARD), args)) as Answer | null;
  if (answer === null) return { outcome: 'none' };
  const [version, ageMs, expiresInMs, levels] = answer;
  const times = { ageMs, expiresInMs };
  if (levels === undefined) return { outcome: 'unchanged', ...times };
  return { outcome: 'changed', version, ...times, ...decode(levels) };
}

type Answer = [version: string, ageMs: number, expiresInMs: number, levels?: string];

/** Workspaces by what they have in common: in a burst thousands have the same level for the same reason. */
interface Encoded {
  readonly cluster: Pressure | null;
  readonly groups: readonly (Pressure & { readonly workspaces: readonly string[] })[];
}

/** The same levels give the same text, in whatever order they were found. */
function encode({ cluster, workspaces }: Levels): string {
  const groups = new Map<string, Pressure & { workspaces: string[] }>();
  for (const [workspace, pressure] of workspaces) {
    const plain = inOrder(pressure);
    const key = JSON.stringify(plain);
    const group = groups.get(key);
    if (group) group.workspaces.push(workspace);
    else groups.set(key, { ...plain, workspaces: [workspace] });
  }
  for (const group of groups.values()) group.workspaces.sort();
  const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
  const encoded: Encoded = { cluster: cluster && inOrder(cluster), groups: sorted };
  return JSON.stringify(encoded);
}

function inOrder({ level, reason, waitingReason, retryAfterMs }: Pressure): Pressure {
  return { level, reason, ...(waitingReason === undefined ? {} : { waitingReason }), retryAfterMs };
}

function decode(text: string): Levels {
  const { cluster, groups } = JSON.parse(text) as Encoded;
  const all = new Map<string, Pressure>();
  for (const { workspaces, ...pressure } of groups) for (const each of workspaces) all.set(each, pressure);
  return { cluster, workspaces: all };
}
