import { histogramFrom, NO_COUNTS, type WorkspaceCounts } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createSavedWindows, SHARES, type WindowChanges } from './saved-windows.ts';
import { type CountedWindow, createSegmentWriter, readSegment } from './segment.ts';

const count = fc.oneof(
  { arbitrary: fc.constant(0), weight: 3 },
  fc.nat(200),
  fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
);
const histogram = fc
  .array(fc.tuple(fc.nat(400), fc.integer({ min: 1, max: 2 ** 40 })), { maxLength: 200 })
  .map((pairs) => histogramFrom(new Map(pairs)));
const counts: fc.Arbitrary<WorkspaceCounts> = fc.record({
  ...(Object.fromEntries(Object.keys(NO_COUNTS).map((name) => [name, count])) as Record<
    Exclude<keyof WorkspaceCounts, 'wait' | 'run'>,
    typeof count
  >),
  wait: histogram,
  run: histogram,
});
const name = fc.oneof(
  fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,62}$/),
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .filter((text) => Buffer.byteLength(text) <= 120),
);
const window: fc.Arbitrary<CountedWindow> = fc.record({
  workspace: name,
  startMs: fc.integer({ min: -(2 ** 50), max: 2 ** 50 }),
  counts,
});

test('what was written reads back, whatever the names, times and counts', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(window, fc.constantFrom('is', 'more', 'gone'))), (entries) => {
      const writer = createSegmentWriter(16);
      for (const [each, said] of entries) {
        if (said === 'more') writer.more(each, NO_COUNTS);
        else writer[said as 'is' | 'gone'](each);
      }
      expect([...readSegment(writer.end())]).toEqual(
        entries.map(([each, said]) => ({ ...each, said, counts: said === 'gone' ? NO_COUNTS : each.counts })),
      );
    }),
    { numRuns: 300 },
  );
});

test('bytes that are cut off anywhere are refused, or end between two windows', () => {
  const writer = createSegmentWriter();
  const waited = { ...NO_COUNTS, finished: 300, wait: [3, 1, 90, 200], run: [7, 2] };
  writer.is({ workspace: 'acme', startMs: 1_767_225_600_000, counts: waited });
  writer.is({ workspace: 'globex', startMs: 1_767_225_600_000, counts: waited });
  const bytes = writer.end();
  const whole = [...readSegment(bytes)];
  for (let length = 1; length < bytes.length; length++) {
    let read: unknown;
    try {
      read = [...readSegment(bytes.subarray(0, length))];
    } catch (error) {
      expect(error).toMatchObject({ code: 'INTERNAL' });
      continue;
    }
    expect([[], whole.slice(0, 1)]).toContainEqual(read);
  }
  expect(() => [...readSegment(Buffer.from([9]))]).toThrow('their form is 9');
});

test('a name of more than 120 bytes, or of none, is refused', () => {
  const windows = createSavedWindows([]);
  for (const workspace of ['', 'x'.repeat(121), 'ä'.repeat(61)]) {
    expect(() =>
      windows.next(1, false, { changed: [{ workspace, startMs: 0, counts: NO_COUNTS }], ended: [] }),
    ).toThrow('Nothing is counted under the name');
  }
});

/** One save: which windows get how much more, which end, and whether a new leader reads everything before. */
const step = fc.record({
  more: fc.array(fc.tuple(fc.nat(6), fc.nat(2), counts), { maxLength: 6 }),
  fewer: fc.boolean(),
  ended: fc.array(fc.tuple(fc.nat(6), fc.nat(2)), { maxLength: 3 }),
  newLeader: fc.nat(30).map((n) => n === 0),
});

test('the saves that are kept always have all that was counted, through changes of leader', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: SHARES + 10, maxLength: 3 * SHARES }), (steps) => {
      const model = new Map<string, CountedWindow>();
      let stored: { save: number; segment: Uint8Array }[] = [];
      const readBack = () => createSavedWindows(stored.flatMap(({ segment }) => [...readSegment(segment)]));
      let windows = readBack();
      let isWhole = true;
      for (const [index, { more, fewer, ended, newLeader }] of steps.entries()) {
        if (newLeader) [windows, isWhole] = [readBack(), true];
        const over = ended.map(([place, start]) => ({ workspace: `w-${place}`, startMs: start * 1_000 }));
        for (const { workspace, startMs } of over) model.delete(`${workspace} ${startMs}`);
        const changed = new Map<string, CountedWindow>();
        for (const [place, start, come] of more) {
          const key = `w-${place} ${start * 1_000}`;
          const counted = {
            workspace: `w-${place}`,
            startMs: start * 1_000,
            counts: sum(model.get(key)?.counts, come, fewer),
          };
          model.set(key, counted);
          changed.set(key, counted);
        }
        const changes: WindowChanges = { changed: [...changed.values()], ended: over };
        const save = index + 1;
        stored.push({ save, segment: windows.next(save, isWhole, changes) });
        stored = stored.filter((row) => row.save > save - (isWhole ? 1 : SHARES));
        isWhole = false;
      }
      const found = new Map(
        [...readBack().all()].map((each) => [`${each.workspace} ${each.startMs}`, each.counts]),
      );
      expect(found).toEqual(new Map([...model].map(([key, each]) => [key, each.counts])));
      expect(stored.length).toBeLessThanOrEqual(SHARES);
    }),
    { numRuns: 60 },
  );
});

/** Small numbers, so that sums stay exact; or something that is not a sum at all. */
function sum(before: WorkspaceCounts | undefined, come: WorkspaceCounts, fewer: boolean): WorkspaceCounts {
  if (before === undefined || fewer) return come;
  const wait = new Map<number, number>();
  for (const each of [before.wait, come.wait]) {
    for (let i = 0; i < each.length; i += 2) {
      wait.set(each[i] as number, (wait.get(each[i] as number) ?? 0) + (each[i + 1] as number));
    }
  }
  return {
    ...before,
    finished: before.finished + (come.finished % 1_000),
    started: before.started + 1,
    wait: histogramFrom(wait),
  };
}
