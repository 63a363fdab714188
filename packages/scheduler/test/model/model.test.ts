/**
 * The model in core and the Lua in Redis, side by side: random sequences of everything that can happen to
 * a shard, every answer and every key compared.
 */
import { privateRedis, seeded, type TestRedis } from '@fairlead/testkit';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { modelConfig } from './config.ts';
import { LuaShard } from './lua-shard.ts';
import { runSeeds } from './run-seeds.ts';
import { runSequence } from './sequence.ts';

const config = modelConfig(process.env, 1_000);
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

test(`the model and the Lua agree on ${config.sequences} random sequences`, async () => {
  const seen = new Map<string, number>();
  for (const kinds of await runSeeds(config, (n, random) => runSequence(openShard(n), random, STEPS))) {
    for (const kind of kinds) seen.set(kind, (seen.get(kind) ?? 0) + 1);
  }
  // Every kind of step was really taken, many times.
  expect(seen.size).toBe(12);
  expect(Math.min(...seen.values())).toBeGreaterThan(config.sequences / 10);
}, 3_600_000);

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
});
