import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createLoopWatch } from '../src/loop-watch.ts';
import { fakeClock } from './fakes/fake-clock.ts';

/** Lets the monitor, which looks every 20 ms, take a look before and after. */
async function spin(ms: number): Promise<void> {
  await sleep(60);
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
  await sleep(60);
}

test('a loop that was blocked is reported once, with for how long', async () => {
  const blocked: number[] = [];
  const clock = fakeClock();
  const watch = createLoopWatch({ leastMs: 300, clock, onBlocked: (ms) => blocked.push(ms) });
  watch.start();
  await spin(400);
  await clock.advance(1_000);
  expect(blocked).toEqual([expect.any(Number)]);
  expect(blocked[0]).toBeGreaterThanOrEqual(370);

  watch.stop();
  await spin(400);
  await clock.advance(1_000);
  expect(blocked).toHaveLength(1);
});
