import { DEFAULT_POLICY, SCENARIOS, type Scenario } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import { openScreen } from '../output/screen.ts';
import { runScenario } from './run.ts';

const SCENARIO = SCENARIOS['leader-change'] as Scenario;

/** A terminal, and a clock that finds every tick long. */
function slowly(onProgress: (text: string) => void, signal: AbortSignal) {
  let clockMs = 0;
  const write = (text: string) => {
    onProgress(text);
    return true;
  };
  const err = openScreen({ isTTY: true, columns: 80, write, once: () => {} }, {});
  return {
    err,
    signal,
    nowMs: () => {
      clockMs += 1_000;
      return clockMs;
    },
  };
}

test('a long run says how far it is, and takes its line away', async () => {
  const said: string[] = [];
  const context = slowly((text) => said.push(text), new AbortController().signal);
  const { log } = await runScenario(context, SCENARIO, DEFAULT_POLICY, 1);
  expect(log.records.length).toBeGreaterThan(50);
  expect(said.some((text) => text.includes('leader-change: 50 %, 30m of 1h'))).toBe(true);
  expect(said.at(-1)).toBe('\r\u001b[2K');
});

test('Ctrl-C ends it', async () => {
  const stop = new AbortController();
  const context = slowly(() => stop.abort(), stop.signal);
  await expect(runScenario(context, SCENARIO, DEFAULT_POLICY, 1)).rejects.toBe(stop.signal.reason);
});
