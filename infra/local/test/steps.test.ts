import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { createSteps } from '../setup/steps.mjs';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

function recorder(live: boolean) {
  let written = '';
  const out = { columns: 80, write: (text: string) => (written += text) };
  return { steps: createSteps({ out, live, colour: false }), written: () => written };
}

test('in a pipe a quick step is one line', () => {
  const { steps, written } = recorder(false);
  steps.step('Redis').done('7.0 on 127.0.0.1:1');
  expect(written()).toBe('  ✓ Redis            7.0 on 127.0.0.1:1\n');
});

test('in a pipe a slow step is never silent for more than ten seconds', () => {
  const { steps, written } = recorder(false);
  const step = steps.step('packages', 'installing');
  jest.advanceTimersByTime(10_000);
  step.note('resolved 412');
  jest.advanceTimersByTime(10_000);
  step.failed('no network');
  jest.advanceTimersByTime(60_000);
  expect(written().split('\n')).toEqual([
    '  … packages         installing',
    '  … packages         still at it  10.0 s',
    '  … packages         resolved 412  20.0 s',
    '  ✗ packages         no network  20.0 s',
    '',
  ]);
});

test('on a terminal a step is redrawn in place', () => {
  const { steps, written } = recorder(true);
  const step = steps.step('packages');
  step.note('x'.repeat(200));
  jest.advanceTimersByTime(100);
  step.done('installed');
  const frames = written().split('\r\x1b[2K');
  expect(frames.at(-1)).toBe('  ✓ packages         installed  0.1 s\n');
  expect(frames.every((frame) => frame.length <= 80)).toBe(true);
});
