/**
 * The model in core and the Lua in Redis, side by side: random sequences of everything that can happen to
 * a shard, every answer and every key compared.
 */
import { privateRedis, seeded, type TestRedis } from '@fairlead/testkit';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LuaShard } from './lua-shard.ts';
import { runSequence } from './sequence.ts';

const SEQUENCES = 1_000;
const STEPS = 25;

let server: TestRedis;
let openShard: (shard: number) => LuaShard;

beforeAll(async () => {
  server = await privateRedis({ config: ['--appendonly', 'no'] });
  openShard = await LuaShard.open(server.url);
});

afterAll(async () => {
  openShard(0).redis.disconnect();
  await server.stop();
});

test(`the model and the Lua agree on ${SEQUENCES} random sequences`, async () => {
  const base = Date.now() % 1_000_000_000;
  const seen = new Map<string, number>();
  for (let i = 0; i < SEQUENCES; i++) {
    const seed = base + i;
    try {
      for (const kind of await runSequence(openShard(i), seeded(seed), STEPS)) {
        seen.set(kind, (seen.get(kind) ?? 0) + 1);
      }
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
    }
    if (i % 100 === 99) await openShard(0).redis.flushall();
  }
  // Every kind of step was really taken, many times.
  expect(seen.size).toBe(12);
  expect(Math.min(...seen.values())).toBeGreaterThan(SEQUENCES / 10);
}, 120_000);

test('a script that forgets to charge a start is found out', async () => {
  const shard = openShard(1_000_000);
  const original = shard.call.bind(shard);
  // The negative control: after each claim the clock is set back, as if nothing had been charged.
  shard.call = async (verb, ...args) => {
    const answer = await original(verb, ...args);
    if (verb === 'claim') await shard.redis.del(`${shard.prefix}~clock`);
    return answer;
  };
  await expect(runSequence(shard, seeded(7), 200)).rejects.toThrow();
}, 30_000);
