/**
 * Every Redis key that Fairlead writes, and why tenants cannot collide.
 *
 * A shard is one Redis Cluster slot: all its keys carry the hash tag `{fl<shard>}`, those of BullMQ too
 * (`prefix: '{fl0}'`, queue name = the workspace's slug). A slug is `[a-z0-9-]`, at most 63 characters:
 * it can hold neither `:` nor `~`, so no queue can be named like one of the shard's own keys, no slug is
 * a key prefix of another (each is followed by `:`), and BullMQ's keys of two workspaces never meet.
 *
 *     {fl0}:~ring  ~park  ~busy  ~clock  ~known  ~wake  ~quarantine  ~gen  ~beat  ~recover  ~deaths  ~sweeper  ~cursor
 *     {fl0}:~pressure  ~reports  ~report-log  ~reporters  ~capacity (of the first shard alone)
 *     {fl0}:~epoch  ~meanrun  ~across
 *     {fl0}:~cfg:<workspace>  ~served:<window>
 *     {fl0}:<workspace>:wait  :active  :delayed  :prioritized  :meta  :<job id>  …      (BullMQ's)
 */
import { FairleadError, isWorkspaceSlug } from '@fairlead/core';
import { QueueKeys } from 'bullmq';

const CRC16_POLYNOMIAL = 0x1021;
const CLUSTER_SLOTS = 16_384;

/** CRC-16/XMODEM, the checksum Redis Cluster uses for its hash slots. */
function crc16(text: string): number {
  let crc = 0;
  for (let i = 0; i < text.length; i++) {
    crc ^= text.charCodeAt(i) << 8;
    for (let bit = 0; bit < 8; bit++) {
      crc = crc & 0x8000 ? ((crc << 1) ^ CRC16_POLYNOMIAL) & 0xffff : (crc << 1) & 0xffff;
    }
  }
  return crc;
}

/**
 * The shard a workspace belongs to.
 *
 * @throws FairleadError WORKSPACE_NAME_INVALID: nothing but a checked slug ever reaches a key
 */
export function shardOf(workspace: string, shards: number): number {
  if (!isWorkspaceSlug(workspace)) {
    throw new FairleadError(
      'WORKSPACE_NAME_INVALID',
      `${JSON.stringify(workspace)} is not a workspace name`,
      {
        fix: 'Use 1 to 63 of a-z, 0-9 and "-", beginning with a letter or digit.',
      },
    );
  }
  return shards === 1 ? 0 : crc16(workspace) % shards;
}

/** BullMQ's `prefix` option for the queues of a shard. */
export function queuePrefix(shard: number): string {
  return `{fl${shard}}`;
}

/** What the keys of a shard begin with. */
export function shardPrefix(shard: number): string {
  return `${queuePrefix(shard)}:`;
}

/** The slot of a shard in a cluster. */
export function slotOf(shard: number): number {
  return crc16(`fl${shard}`) % CLUSTER_SLOTS;
}

/** The key that routes a script call to the shard's node; every other key follows from the prefix. */
export function routingKey(shard: number): string {
  return `${shardPrefix(shard)}~ring`;
}

/** The list idle replicas block on; in a cluster also the channel on which they hear of it. */
export function wakeKey(shard: number): string {
  return `${shardPrefix(shard)}~wake`;
}

/** Holds the generation: written once settings are in place, gone when Redis was flushed. */
export function generationKey(shard: number): string {
  return `${shardPrefix(shard)}~gen`;
}

/** A number that the reconciler raises: a Redis that shows an older one has lost its last seconds. */
export function beatKey(shard: number): string {
  return `${shardPrefix(shard)}~beat`;
}

/** The set names that `totals` and `activeWorkspaces` read. */
export function setKey(shard: number, set: 'ring' | 'park' | 'busy' | 'known'): string {
  return `${shardPrefix(shard)}~${set}`;
}

/** Names that BullMQ's own keys of a queue end in: a job of such an id would be one of them. */
const QUEUE_KEYS = new Set(Object.keys(new QueueKeys('').getKeys('')));

/**
 * Whether a text may be the id of a job that somebody added: ours are UUIDs, stock BullMQ counts, and a stock
 * producer may choose. What names a key of the queue itself (`wait`, `meta`) is none, nor is what holds a `:`.
 */
export function isJobId(text: string): boolean {
  return /^[\w.@-]{1,200}$/.test(text) && !QUEUE_KEYS.has(text);
}
