import { expect, test } from '@jest/globals';
import { assertRecurrence, nextDueMs, occurrencesAt } from './recurrence.ts';

const at = (iso: string) => Date.parse(iso);
const iso = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());
const MINUTE = 60_000;

test('a cron expression is due by the clock of its zone, over the change to summer time', () => {
  const nine = { cron: '0 9 * * *', tz: 'Europe/Berlin' };
  expect(iso(nextDueMs(nine, 0, at('2026-03-28T12:00:00Z')))).toBe('2026-03-29T07:00:00.000Z');
  expect(iso(nextDueMs(nine, 0, at('2026-03-27T12:00:00Z')))).toBe('2026-03-28T08:00:00.000Z');
});

test('a time that the clock leaves out does not stop a schedule, and one that it has twice is due once', () => {
  const halfPastTwo = { cron: '30 2 * * *', tz: 'Europe/Berlin' };
  const days = (from: string) => {
    const found: (string | undefined)[] = [];
    let after = at(from);
    for (let day = 0; day < 3; day++) {
      after = nextDueMs(halfPastTwo, 0, after) ?? 0;
      found.push(iso(after)?.slice(0, 10));
    }
    return found;
  };
  expect(new Set(days('2026-03-27T12:00:00Z')).size).toBe(3);
  expect(days('2026-10-23T12:00:00Z')).toEqual(['2026-10-24', '2026-10-25', '2026-10-26']);
});

test('even distances keep their beat, whenever one looks', () => {
  const every = { everyMs: 10 * MINUTE };
  const anchor = at('2026-01-01T00:03:00Z');
  expect(iso(nextDueMs(every, anchor, anchor))).toBe('2026-01-01T00:13:00.000Z');
  expect(iso(nextDueMs(every, anchor, at('2026-01-01T00:59:59Z')))).toBe('2026-01-01T01:03:00.000Z');
});

const HOURLY = { cron: '0 * * * *', tz: 'UTC' };
const DUE = at('2026-01-01T01:00:00Z');

test('on time, every policy fires the one occurrence', () => {
  for (const missed of ['latest', 'skip', 'all'] as const) {
    const round = occurrencesAt(HOURLY, missed, DUE, DUE + 3);
    expect(round).toEqual({ dueMs: [DUE], nextMs: at('2026-01-01T02:00:00Z') });
  }
});

test('nothing is fired before its time', () => {
  expect(occurrencesAt(HOURLY, 'all', DUE, DUE - 1)).toEqual({ dueMs: [], nextMs: DUE });
});

test('after a long sleep: the latest, none, or all of them', () => {
  const now = at('2026-01-01T05:30:00Z');
  const nextMs = at('2026-01-01T06:00:00Z');
  expect(occurrencesAt(HOURLY, 'latest', DUE, now)).toEqual({ dueMs: [at('2026-01-01T05:00:00Z')], nextMs });
  expect(occurrencesAt(HOURLY, 'skip', DUE, now)).toEqual({ dueMs: [], nextMs });
  const all = occurrencesAt(HOURLY, 'all', DUE, now);
  expect(all.dueMs.map(iso)).toEqual([1, 2, 3, 4, 5].map((hour) => `2026-01-01T0${hour}:00:00.000Z`));
  expect(all.nextMs).toBe(nextMs);
  const every = occurrencesAt({ everyMs: MINUTE }, 'latest', DUE, DUE + 1_000_000 * MINUTE + 5);
  expect(every).toEqual({ dueMs: [DUE + 1_000_000 * MINUTE], nextMs: DUE + 1_000_001 * MINUTE });
});

test('catching up goes a hundred a round, and none is left out', () => {
  const every = { everyMs: MINUTE };
  const now = DUE + 249 * MINUTE;
  const seen: number[] = [];
  let due = DUE;
  for (let round = 0; round < 3; round++) {
    const { dueMs, nextMs = 0 } = occurrencesAt(every, 'all', due, now);
    expect(dueMs.length).toBeLessThanOrEqual(100);
    seen.push(...dueMs);
    due = nextMs;
  }
  expect(seen).toEqual(Array.from({ length: 250 }, (_, index) => DUE + index * MINUTE));
});

test.each([
  [{ everyMs: 999 }],
  [{ everyMs: Number.NaN }],
  [{ everyMs: 1_500.5 }],
  [{ cron: 'every day', tz: 'UTC' }],
  [{ cron: '0 0 30 2 *', tz: 'UTC' }],
  [{ cron: '0 0 * * *', tz: 'Mars/Olympus' }],
  [{ cron: '', tz: 'UTC' }],
])('%p is refused with a fix', (recurrence) => {
  expect(() => assertRecurrence(recurrence, DUE)).toThrow(
    expect.objectContaining({ code: 'INVALID_REQUEST', fix: expect.any(String) }),
  );
});
