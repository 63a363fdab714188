import type { Redis } from 'ioredis';
import { primaries } from './cluster-nodes.ts';
import { connect, disconnect, type RedisOptions, redisFault, withDeadline } from './connection.ts';

/** What a Redis says of itself. All of it is in INFO, which managed services allow where they refuse CONFIG. */
export interface RedisFacts {
  /** Like `7.0.15`; what Valkey and others say they are compatible with. */
  readonly version: string;
  /** Of `maxmemory-policy`. */
  readonly evictionPolicy: string;
  /** Whether there is an append-only file. */
  readonly appendOnly: boolean;
  readonly usedBytes: number;
  /** 0: no limit. */
  readonly maxBytes: number;
  /** Its clock, when it answered. */
  readonly nowMs: number;
}

/**
 * Looks at a Redis over a connection of its own; of a cluster at all primaries, and tells the worst of each.
 *
 * @throws FairleadError REDIS_UNAVAILABLE, with what kept it from answering
 */
export async function inspectRedis(options: RedisOptions, deadlineMs: number): Promise<RedisFacts> {
  let last: Error | undefined;
  const redis = connect(options, 'impatient', 'inspect', (error) => {
    last = error;
  });
  try {
    const look = async () => {
      // Until it has answered, the nodes of a cluster are not known.
      await redis.info();
      return Promise.all(primaries(redis).map(factsOf));
    };
    const [first, ...others] = await withDeadline(look(), deadlineMs, 'Redis');
    return others.reduce(worseOf, first as RedisFacts);
  } catch (error) {
    // A command that gave up says only that it did; why is what the connection said.
    throw redisFault(last ?? error);
  } finally {
    await disconnect(redis);
  }
}

async function factsOf(redis: Redis): Promise<RedisFacts> {
  const [info, [seconds, microseconds]] = await Promise.all([redis.info(), redis.time()]);
  const field = (name: string) => new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1] ?? '';
  return {
    version: field('redis_version'),
    evictionPolicy: field('maxmemory_policy'),
    appendOnly: field('aof_enabled') === '1',
    usedBytes: Number(field('used_memory')),
    maxBytes: Number(field('maxmemory')),
    nowMs: Number(seconds) * 1_000 + Number(microseconds) / 1_000,
  };
}

function worseOf(one: RedisFacts, other: RedisFacts): RedisFacts {
  const fullness = ({ usedBytes, maxBytes }: RedisFacts) => (maxBytes === 0 ? 0 : usedBytes / maxBytes);
  const { usedBytes, maxBytes } = fullness(other) > fullness(one) ? other : one;
  const isOlder = other.version.localeCompare(one.version, 'en', { numeric: true }) < 0;
  return {
    version: isOlder ? other.version : one.version,
    evictionPolicy: one.evictionPolicy === 'noeviction' ? other.evictionPolicy : one.evictionPolicy,
    appendOnly: one.appendOnly && other.appendOnly,
    usedBytes,
    maxBytes,
    nowMs: one.nowMs,
  };
}
