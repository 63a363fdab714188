import { connectToServer, disconnect, type RedisOptions, redisFault, withDeadline } from './connection.ts';

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

/** Looks at a Redis over a connection of its own. @throws FairleadError REDIS_UNAVAILABLE, with what kept it from answering */
export async function inspectRedis(options: RedisOptions, deadlineMs: number): Promise<RedisFacts> {
  let last: Error | undefined;
  const redis = connectToServer(options, 'impatient', 'inspect', (error) => {
    last = error;
  });
  try {
    const [info, [seconds, microseconds]] = await withDeadline(
      Promise.all([redis.info(), redis.time()]),
      deadlineMs,
      'Redis',
    );
    const field = (name: string) => new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1] ?? '';
    return {
      version: field('redis_version'),
      evictionPolicy: field('maxmemory_policy'),
      appendOnly: field('aof_enabled') === '1',
      usedBytes: Number(field('used_memory')),
      maxBytes: Number(field('maxmemory')),
      nowMs: Number(seconds) * 1_000 + Number(microseconds) / 1_000,
    };
  } catch (error) {
    // A command that gave up says only that it did; why is what the connection said.
    throw redisFault(last ?? error);
  } finally {
    await disconnect(redis);
  }
}
