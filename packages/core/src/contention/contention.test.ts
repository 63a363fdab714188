import { describe, expect, test } from '@jest/globals';
import { CALM } from '../../test/engine/builders.ts';
import {
  type CONTENTION_MEASURES,
  type ContentionSample,
  type ContentionState,
  DEFAULT_CONTENTION_POLICY,
  INITIAL_CONTENTION,
  observeContention,
} from './contention.ts';
import { type ContentionHistory, contentionIn, rememberContention } from './history.ts';

const SLOW = { ...CALM, claimP95Ms: 51 };
const UNSEEN = { ...CALM, claimP95Ms: null };

function readings(samples: readonly ContentionSample[]): string[] {
  let state: ContentionState = INITIAL_CONTENTION;
  return samples.map((sample) => {
    const seen = observeContention(DEFAULT_CONTENTION_POLICY, state, sample);
    state = seen.nextState;
    return seen.reading;
  });
}

describe('contention', () => {
  test('is a breach with the second sample in a row over the line', () => {
    expect(readings([SLOW, CALM, SLOW, SLOW])).toEqual(['ok', 'ok', 'ok', 'breach']);
  });

  test('is over with the third sample in a row under it', () => {
    expect(readings([SLOW, SLOW, CALM, CALM, SLOW, CALM, CALM, CALM])).toEqual([
      'ok',
      ...Array(6).fill('breach'),
      'ok',
    ]);
  });

  test('a missing sample is unknown, ends no breach, and counts for neither side', () => {
    expect(readings([UNSEEN, CALM])).toEqual(['unknown', 'ok']);
    expect(readings([SLOW, UNSEEN, SLOW])).toEqual(['ok', 'unknown', 'breach']);
    expect(readings([SLOW, SLOW, UNSEEN, UNSEEN, UNSEEN, CALM])).toEqual(['ok', ...Array(5).fill('breach')]);
  });

  test.each<[(typeof CONTENTION_MEASURES)[number], Partial<ContentionSample>, Partial<ContentionSample>]>([
    ['claim_latency', { claimP95Ms: 50 }, { claimP95Ms: 51 }],
    ['locks_lost', { locksLost: 1, runningJobs: 1_000 }, { locksLost: 1, runningJobs: 999 }],
    ['stalled_jobs', { stalledJobs: 5, startedJobs: 5_000 }, { stalledJobs: 6, startedJobs: 5_000 }],
    ['event_loop_delay', { eventLoopP99Ms: 200 }, { eventLoopP99Ms: 201 }],
    ['ledger_lag', { ledgerLagMs: 30_000 }, { ledgerLagMs: 30_001 }],
    ['redis_memory', { redisMemoryBp: 7_000 }, { redisMemoryBp: 7_001 }],
  ])('%s has its line', (measure, at, over) => {
    expect(readings([at, at].map((part) => ({ ...CALM, ...part })))).toEqual(['ok', 'ok']);
    const first = observeContention(DEFAULT_CONTENTION_POLICY, INITIAL_CONTENTION, { ...CALM, ...over });
    const second = observeContention(DEFAULT_CONTENTION_POLICY, first.nextState, { ...CALM, ...over });
    expect(second).toMatchObject({ reading: 'breach', breaches: [measure] });
  });

  test('nothing running and nothing started is fine', () => {
    const idle = { ...CALM, runningJobs: 0, locksLost: 0, startedJobs: 0, stalledJobs: 0 };
    expect(readings([idle, idle])).toEqual(['ok', 'ok']);
  });
});

describe('the history of contention', () => {
  const options = { maxGapMs: 60, keepMs: 1_000 };
  const remember = (...seen: readonly [number, 'ok' | 'breach' | 'unknown'][]) =>
    seen.reduce<ContentionHistory>((all, [at, reading]) => rememberContention(all, reading, at, options), []);
  const span = { startMs: 100, endMs: 200 };

  test('a breach at any time in the window is a breach, one outside is not', () => {
    const within = remember([90, 'ok'], [130, 'breach'], [150, 'ok'], [210, 'ok']);
    expect(contentionIn(within, span, 60)).toBe('breach');
    const after = remember([90, 'ok'], [130, 'ok'], [190, 'ok'], [200, 'breach'], [210, 'ok']);
    expect(contentionIn(after, span, 60)).toBe('ok');
    expect(contentionIn(after, { startMs: 200, endMs: 300 }, 100)).toBe('breach');
  });

  test('a time nobody looked is unknown', () => {
    expect(contentionIn([], span, 60)).toBe('unknown');
    expect(contentionIn(remember([90, 'ok'], [190, 'ok']), span, 60)).toBe('unknown');
    expect(contentionIn(remember([170, 'ok'], [210, 'ok']), span, 60)).toBe('unknown');
    expect(contentionIn(remember([90, 'ok'], [130, 'ok']), span, 60)).toBe('unknown');
    expect(contentionIn(remember([90, 'ok'], [150, 'ok'], [205, 'ok']), span, 60)).toBe('ok');
  });

  test('is one run for a calm day, and forgets what is too old', () => {
    const calm = Array.from({ length: 100 }, (_, index): [number, 'ok'] => [index * 50, 'ok']);
    expect(remember(...calm)).toEqual([{ reading: 'ok', fromMs: 0, toMs: 4_950 }]);
    const later = remember([0, 'breach'], [50, 'ok'], ...calm.slice(2), [5_000, 'ok']);
    expect(later).toEqual([{ reading: 'ok', fromMs: 50, toMs: 5_000 }]);
  });

  test('a reading that comes again, or late, changes nothing', () => {
    const history = remember([50, 'ok'], [100, 'ok']);
    expect(rememberContention(history, 'breach', 100, options)).toBe(history);
    expect(rememberContention(history, 'breach', 60, options)).toBe(history);
  });
});
