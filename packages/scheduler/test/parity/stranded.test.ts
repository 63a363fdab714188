/**
 * Nothing that can run is left behind: random sequences on our side only, without forcing the workspace
 * into the ring, and then time passes with nothing but sweep, recovery and claims. All that can run must
 * have run by then, whoever added, retried, promoted or released it.
 */
import { privateRedis, seeded, type TestRedis } from '@fairlead/testkit';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { queuePrefix } from '../../src/keys.ts';
import { parityConfig } from './config.ts';
import { takeOverDate } from './date.ts';
import { drawOperation, handleOf, type Operation, TICK_MS } from './operations.ts';
import { type OurOptions, ourSide } from './ours.ts';
import { createWorld, jobsIn, startOf } from './run.ts';
import { SHARD, type Side, WORKSPACE } from './side.ts';
import { EMPTY, membersOf, type Snapshot } from './snapshot.ts';

const config = parityConfig(process.env);
const SEQUENCES = Math.ceil(config.sequences / 6);
/** Longer than any delay, backoff, limit and lock of the sequences, in ticks. */
const DRAIN_ROUNDS = 60;
const WANTED = 64;

let server: TestRedis;
let date: ReturnType<typeof takeOverDate>;

beforeAll(async () => {
  server = await privateRedis();
  date = takeOverDate();
});

afterAll(async () => {
  date.giveBack();
  await server.stop();
});

async function firstStranded(options: OurOptions, sequences: number): Promise<string | undefined> {
  const side = await ourSide(server.url, options);
  try {
    for (let i = 0; i < sequences; i++) {
      const seed = config.firstSeed + i;
      const { left, story } = await runAndDrain(side, seed);
      if (left.length > 0) return `seed ${seed} left ${left.join(', ')}\n${story.join('\n')}`;
    }
    return undefined;
  } finally {
    await side.close();
  }
}

test('whatever happened to a queue, all that can run is claimed in the end', async () => {
  const stranded = await firstStranded({ forced: false }, SEQUENCES);
  if (stranded !== undefined) throw new Error(stranded);
}, 3_600_000);

test('without the sweep, jobs are left behind', async () => {
  const alter: NonNullable<OurOptions['alter']> = (verb, text) =>
    verb === 'sweep' ? 'return {1, 0, 0}' : text;
  expect(await firstStranded({ forced: false, alter }, 10)).toMatch(/left .* in (wait|prioritized|delayed)/);
});

async function runAndDrain(side: Side, seed: number): Promise<{ left: string[]; story: string[] }> {
  const random = seeded(seed);
  const start = startOf(random);
  let { nowMs } = start;
  date.set(nowMs);
  await side.reset(start.maxEvents, nowMs);
  const world = createWorld();
  const story: string[] = [];
  let snapshot: Snapshot = EMPTY;

  async function perform(operation: Operation) {
    const passedMs = operation.kind === 'timePasses' ? operation.ms : 0;
    nowMs += passedMs + random.integer(0, 3);
    date.set(nowMs);
    story.push(`  +${nowMs - start.nowMs} ms: ${JSON.stringify(operation)}`);
    const answer = await side.perform(operation, nowMs);
    if (typeof answer === 'object' && answer !== null && 'failed' in answer) {
      story.push(`    ${JSON.stringify(answer)}`);
    }
    snapshot = await side.snapshot(passedMs);
    world.note(operation, answer);
    return answer;
  }

  for (let step = 0; step < config.steps; step++) {
    await perform(drawOperation(random, world.view(step, snapshot)));
  }
  // What holds work back on purpose goes; a job scheduler would go on for ever.
  for (const id of ['s1', 's2']) await perform({ kind: 'removeScheduler', id });
  await perform({ kind: 'resume' });
  await perform({ kind: 'globalConcurrency', max: 0 });
  await perform({ kind: 'globalRateLimit', max: 0, durationMs: 0 });
  for (let round = 0; round < DRAIN_ROUNDS; round++) {
    await perform({ kind: 'timePasses', ms: TICK_MS });
    await perform({ kind: 'recover' });
    const token = `drain${round}`;
    const jobs = jobsIn(await perform({ kind: 'claim', token, wanted: WANTED }));
    const handles = Array.from({ length: jobs }, (_, n) => handleOf(token, n));
    if (jobs > 0) await perform({ kind: 'complete', handles, value: 'drained' });
  }
  const left = (['wait', 'prioritized', 'delayed'] as const).flatMap((state) =>
    membersOf(snapshot, `${queuePrefix(SHARD)}:${WORKSPACE}:${state}`).map((id) => `${id} in ${state}`),
  );
  return { left, story };
}
