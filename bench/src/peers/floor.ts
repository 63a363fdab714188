/**
 * The floor: what taking a job from a list under a lock and ending it costs with nothing around it, 64 jobs a call.
 * It is no queue: it has no retries, no events, no recovery and one tenant.
 */
import type { Redis } from 'ioredis';
import { createChecklist } from '../checklist.ts';

const BATCH = 64;
const ADD_BATCH = 1_000;

const TAKE = `
local taken = {}
for i = 1, tonumber(ARGV[1]) do
  local id = redis.call('RPOPLPUSH', KEYS[1], KEYS[2])
  if not id then break end
  local key = KEYS[3] .. id
  redis.call('SET', key .. ':lock', ARGV[2], 'PX', 30000)
  redis.call('HINCRBY', key, 'attempts', 1)
  taken[#taken + 1] = id
  taken[#taken + 1] = redis.call('HGETALL', key)
end
return taken`;

const END = `
for i, id in ipairs(ARGV) do
  local key = KEYS[2] .. id
  if redis.call('GET', key .. ':lock') then
    redis.call('LREM', KEYS[1], -1, id)
    redis.call('DEL', key .. ':lock', key)
  end
end`;

export async function fillFloor(redis: Redis, jobs: number): Promise<void> {
  for (let from = 0; from < jobs; from += ADD_BATCH) {
    const pipeline = redis.pipeline();
    for (let number = from; number < Math.min(jobs, from + ADD_BATCH); number++) {
      pipeline.hset(
        `{floor}job:${number}`,
        'name',
        'noop',
        'data',
        JSON.stringify({ number, text: 'x'.repeat(60) }),
      );
      pipeline.lpush('{floor}wait', number);
    }
    await pipeline.exec();
  }
}

export async function drainFloor(redis: Redis, jobs: number): Promise<void> {
  const checklist = createChecklist(jobs);
  for (;;) {
    const taken = (await redis.eval(
      TAKE,
      3,
      '{floor}wait',
      '{floor}active',
      '{floor}job:',
      BATCH,
      'token',
    )) as string[];
    if (taken.length === 0) break;
    const ids = taken.filter((_, index) => index % 2 === 0);
    for (const id of ids) checklist.tick(Number(id));
    await redis.eval(END, 2, '{floor}active', '{floor}job:', ...ids);
  }
  checklist.verify();
}
