import { jest } from '@jest/globals';

/** Everything that Jest could fake besides the date. */
const REAL = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const;

/** Stops the date, which BullMQ's classes take the time from; timers go on. */
export function takeOverDate(): { set(nowMs: number): void; giveBack(): void } {
  jest.useFakeTimers({ doNotFake: [...REAL] });
  return {
    set: (nowMs) => void jest.setSystemTime(nowMs),
    giveBack: () => void jest.useRealTimers(),
  };
}
