import { monitorEventLoopDelay } from 'node:perf_hooks';
import { waitFor } from '@fairlead/testkit';
import { expect, test } from '@jest/globals';
import { createLoopDelay } from '../src/signals/loop-delay.ts';
import { fakeClock } from './fakes/fake-clock.ts';

test('a blocked loop shows in the delay of its period, once that is over', async () => {
  const clock = fakeClock();
  const delay = createLoopDelay(clock);
  delay.start();
  // Enabled after that one: what it has seen, that one has.
  const monitor = monitorEventLoopDelay({ resolution: 20 });
  monitor.enable();
  const looks = (count: number) =>
    waitFor(() => monitor.count >= count, { what: `${count} looks`, everyMs: 5 });
  await looks(1);
  const endMs = performance.now() + 300;
  while (performance.now() < endMs);
  await looks(2);
  expect(delay.p99Ms()).toBe(0);
  await clock.advance(15_000);
  expect(delay.p99Ms()).toBeGreaterThanOrEqual(250);
  expect(Number.isInteger(delay.p99Ms())).toBe(true);
  monitor.disable();
  delay.stop();
});
