import { describe, expect, test } from '@jest/globals';
import { examine, type Vitals } from './watchdog.ts';

const vitals: Vitals = {
  nowMs: 100_000,
  freeSlots: 4,
  overdue: 0,
  concurrency: 8,
  progressAtMs: 90_000,
  obstacle: 'claim_pending',
};

describe('the watchdog', () => {
  test('is content while there was progress of late', () => {
    expect(examine(vitals, 15_000)).toEqual({ healthy: true });
  });

  test('names the obstacle once there was none for too long', () => {
    expect(examine({ ...vitals, progressAtMs: 85_000 }, 15_000)).toEqual({
      healthy: false,
      reason: 'for 15 s it waits for an answer from Redis',
    });
  });

  test('expects nothing of a full replica', () => {
    expect(examine({ ...vitals, freeSlots: 0, progressAtMs: 0 }, 15_000)).toEqual({ healthy: true });
  });

  test('does not take handlers for work that will never return', () => {
    expect(examine({ ...vitals, freeSlots: 0, overdue: 7 }, 15_000).healthy).toBe(true);
    expect(examine({ ...vitals, freeSlots: 0, overdue: 8 }, 15_000)).toEqual({
      healthy: false,
      reason: 'all 8 slots are held by handlers that ignore their signal',
    });
  });
});
