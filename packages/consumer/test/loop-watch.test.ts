import { monitorEventLoopDelay } from 'node:perf_hooks';
import { waitFor } from '@fairlead/testkit';
import { expect, test } from '@jest/globals';
import { createLoopWatch } from '../src/loop-watch.ts';
import { fakeClock } from './fakes/fake-clock.ts';

/**
 * Blocks the loop between two looks of a monitor like the watch's. It is enabled after that one, so what it has seen, that
 * one has.
 */
async function spin(ms: number): Promise<void> {
  const monitor = monitorEventLoopDelay({ resolution: 20 });
  monitor.enable();
  await waitFor(() => monitor.count > 0, { what: 'a look before', everyMs: 5 });
  monitor.reset();
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
  await waitFor(() => monitor.count > 0, { what: 'a look after', everyMs: 5 });
  monitor.disable();
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
