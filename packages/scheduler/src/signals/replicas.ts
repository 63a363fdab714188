import type { RedisHandle } from '../connection.ts';
import { routingKey, shardPrefix } from '../keys.ts';
import { callScript } from '../scripts.ts';

/** A consumer that has reported in the last 15 seconds, and has not left since. */
export interface Replica {
  readonly id: string;
  /** The most attempts that it could run at once. */
  readonly slots: number;
  /** Attempts that it ran when it reported. */
  readonly running: number;
  /** It claims no more, and leaves when nothing runs. */
  readonly draining: boolean;
  /** Redis' time of its last report. */
  readonly seenAtMs: number;
}

const SHARD = 0;
const FIELDS = 5;

/** See replicas.lua. */
export async function readReplicas(redis: RedisHandle): Promise<Replica[]> {
  const args = [shardPrefix(SHARD)];
  return replicasFrom((await callScript(redis, 'replicas', routingKey(SHARD), args)) as unknown[]);
}

/** From what reporters.lua answers. */
export function replicasFrom(flat: readonly unknown[]): Replica[] {
  const replicas: Replica[] = [];
  for (let i = 0; i < flat.length; i += FIELDS) {
    const [id, slots, running, draining, seenAtMs] = flat.slice(i, i + FIELDS) as string[];
    replicas.push({
      id: String(id),
      slots: Number(slots),
      running: Number(running),
      draining: draining === '1',
      seenAtMs: Number(seenAtMs),
    });
  }
  return replicas;
}
