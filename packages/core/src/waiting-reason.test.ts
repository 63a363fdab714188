import { expect, test } from '@jest/globals';
import { PARK_REASONS } from './park-reason.ts';
import { type Hindrances, WAITING_REASONS, waitingReason } from './waiting-reason.ts';

const FREE: Hindrances = { paused: false, quarantined: false, hasConsumer: true, parkedReason: undefined };

test('a workspace that may start jobs only lacks its turn', () => {
  expect(waitingReason(FREE)).toBe('capacity_exhausted');
  expect(waitingReason({ ...FREE, parkedReason: 'delayed' })).toBe('capacity_exhausted');
});

test('what a person has to end comes before what time ends', () => {
  const parked = { ...FREE, parkedReason: 'tokens' } as const;
  expect(waitingReason(parked)).toBe('rate_tokens_exhausted');
  expect(waitingReason({ ...parked, hasConsumer: false })).toBe('no_consumer');
  expect(waitingReason({ ...parked, hasConsumer: false, paused: true })).toBe('operator_pause');
  expect(waitingReason({ ...parked, paused: true, quarantined: true })).toBe('quarantined');
});

test('each reason to park has its name', () => {
  const names = PARK_REASONS.map((parkedReason) => waitingReason({ ...FREE, parkedReason }));
  expect(names).toEqual([
    'capacity_exhausted',
    'quota_exhausted',
    'rate_tokens_exhausted',
    'rate_limited',
    'queue_paused',
    'operator_pause',
  ]);
  for (const name of names) expect(WAITING_REASONS).toContain(name);
});
