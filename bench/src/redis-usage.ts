import type { Redis } from 'ioredis';

export interface Usage {
  readonly seconds: number;
  readonly redisMicroseconds: number;
  readonly nodeMicroseconds: number;
}

/** CPU time that Redis has used so far, µs. */
async function redisCpu(redis: Redis): Promise<number> {
  const info = await redis.info('cpu');
  const field = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1] ?? Number.NaN);
  return (field('used_cpu_user') + field('used_cpu_sys')) * 1e6;
}

/** Wall time of `work`, and the CPU time that Redis and this process spent on it. */
export async function measure(redis: Redis, work: () => Promise<void>): Promise<Usage> {
  const redisBefore = await redisCpu(redis);
  const nodeBefore = process.cpuUsage();
  const startedMs = performance.now();
  await work();
  const seconds = (performance.now() - startedMs) / 1_000;
  const node = process.cpuUsage(nodeBefore);
  return {
    seconds,
    redisMicroseconds: (await redisCpu(redis)) - redisBefore,
    nodeMicroseconds: node.user + node.system,
  };
}

/** Memory that the data in Redis takes, bytes. */
export async function redisMemory(redis: Redis): Promise<number> {
  const info = await redis.info('memory');
  return Number(/^used_memory_dataset:(\d+)/m.exec(info)?.[1] ?? Number.NaN);
}
