import { setImmediate as turn } from 'node:timers/promises';
import { type Policy, type Scenario, type Simulation, simulateTicks } from '@fairlead/core';
import type { Context } from '../context.ts';
import { sha256 } from '../decision-log/sha256.ts';
import { openProgress } from '../output/progress.ts';
import { duration } from '../output/time.ts';

/** So long it works between two looks at what else there is: Ctrl-C, and the line of progress. */
const BREATH_MS = 100;

/** Runs a scenario with a virtual clock, as fast as it goes. Rejects when the user has had enough. */
export async function runScenario(
  { err, signal, nowMs }: Pick<Context, 'err' | 'signal' | 'nowMs'>,
  scenario: Scenario,
  policy: Policy,
  seed: number,
): Promise<Simulation> {
  const progress = openProgress(err);
  const ticks = simulateTicks(scenario, policy, seed, sha256);
  let breathedMs = nowMs();
  try {
    for (;;) {
      const tick = ticks.next();
      if (tick.done) return tick.value;
      if (nowMs() - breathedMs < BREATH_MS) continue;
      const percent = Math.floor((tick.value * 100) / scenario.durationMs);
      progress.say(
        `${scenario.name}: ${percent} %, ${duration(tick.value)} of ${duration(scenario.durationMs)}`,
      );
      await turn();
      signal.throwIfAborted();
      breathedMs = nowMs();
    }
  } finally {
    progress.clear();
  }
}
