import { addCounts, histogramFrom, NO_COUNTS, type WorkspaceCounts } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type CountedWindows, createCountedWindows, SHARES } from './counted-windows.ts';
import { createSegmentWriter, readSegment, type SegmentEntry } from './segment.ts';

const count = fc.oneof(
  { arbitrary: fc.constant(0), weight: 3 },
  fc.nat(200),
  fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
);
const histogram = fc
  .array(fc.tuple(fc.nat(400), fc.integer({ min: 1, max: 2 ** 40 })), { maxLength: 200 })
  .map((pairs) => histogramFrom(new Map(pairs)));
type Fields<T> = Record<Exclude<keyof WorkspaceCounts, 'wait' | 'run'>, T>;
const fieldsOf = <T>(each: T) =>
  Object.fromEntries(Object.keys(NO_COUNTS).map((name) => [name, each])) as Fields<T>;
const counts: fc.Arbitrary<WorkspaceCounts> = fc.record({
  ...fieldsOf(count),
  wait: histogram,
  run: histogram,
});
const name = fc.oneof(
  fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,62}$/),
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .filter((text) => Buffer.byteLength(text) <= 120),
);
const number = fc.oneof(fc.nat(100), fc.nat(2 ** 40));
const entry: fc.Arbitrary<SegmentEntry> = fc.oneof(
  fc.record({
    said: fc.constant('is' as const),
    number,
    name,
    startMs: fc.integer({ min: -(2 ** 50), max: 2 ** 50 }),
    counts,
  }),
  fc.record({ said: fc.constant('more' as const), number, counts }),
  fc.record({ said: fc.constant('gone' as const), number }),
);

test('what was written reads back, whatever the names, times and counts', () => {
  fc.assert(
    fc.property(fc.array(entry), (entries) => {
      const writer = createSegmentWriter(16);
      for (const each of entries) {
        if (each.said === 'is') writer.is(each);
        else if (each.said === 'more') writer.more(each.number, each.counts);
        else writer.gone(each.number);
      }
      expect([...readSegment(writer.end())]).toEqual(entries);
    }),
    { numRuns: 300 },
  );
});

test('bytes that are cut off anywhere are refused, or end between two windows', () => {
  const writer = createSegmentWriter();
  const waited = { ...NO_COUNTS, finished: 300, wait: [3, 1, 90, 200], run: [7, 2] };
  writer.is({ number: 1, name: 'acme', startMs: 1_767_225_600_000, counts: waited });
  writer.is({ number: 2, name: 'globex', startMs: 1_767_225_600_000, counts: waited });
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
  const windows = createCountedWindows();
  for (const name of ['', 'x'.repeat(121), 'ä'.repeat(61)]) {
    expect(() => windows.add(name, 0, NO_COUNTS)).toThrow('Nothing is counted under the name');
  }
});

/** What happens up to one save: counts come to windows, some end, and perhaps a new leader has read everything before. */
const small: fc.Arbitrary<WorkspaceCounts> = fc.record({
  ...fieldsOf(fc.constant(0)),
  run: fc.constant([]),
  finished: fc.nat(300),
  dead: fc.nat(1),
  wait: fc
    .array(fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 500 })))
    .map((pairs) => histogramFrom(new Map(pairs))),
});
const step = fc.record({
  more: fc.array(fc.tuple(fc.nat(6), fc.nat(2), small), { maxLength: 6 }),
  ended: fc.array(fc.tuple(fc.nat(6), fc.nat(2)), { maxLength: 3 }),
  againAfter: fc.boolean(),
  newLeader: fc.nat(20).map((n) => n === 0),
});

test('the saves that are kept always have all that was counted, through changes of leader', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 5 * SHARES }), (steps) => {
      const model = new Map<string, WorkspaceCounts>();
      let stored: { save: number; segment: Uint8Array }[] = [];
      const readBack = () => createCountedWindows(stored.flatMap(({ segment }) => [...readSegment(segment)]));
      let windows = readBack();
      let isWhole = true;
      for (const [index, { more, ended, againAfter, newLeader }] of steps.entries()) {
        if (newLeader) [windows, isWhole] = [readBack(), true];
        const add = () => {
          for (const [place, start, counts] of more) {
            windows.add(`w-${place}`, start * 1_000, counts);
            const key = `w-${place} ${start * 1_000}`;
            model.set(key, addCounts(model.get(key) ?? NO_COUNTS, counts));
          }
        };
        add();
        for (const [place, start] of ended) {
          windows.drop(`w-${place}`, start * 1_000);
          model.delete(`w-${place} ${start * 1_000}`);
        }
        if (againAfter) add();
        const save = index + 1;
        stored.push({ save, segment: windows.takeUnsaved(save, isWhole) });
        stored = stored.filter((row) => row.save > save - (isWhole ? 1 : SHARES));
        isWhole = false;
        for (const each of [windows, readBack()]) expect(allOf(each)).toEqual(model);
      }
    }),
    { numRuns: 100 },
  );
});

function allOf(windows: CountedWindows): Map<string, WorkspaceCounts | undefined> {
  return new Map(
    [...windows.names()].flatMap((name) =>
      windows.startsOf(name).map((startMs) => [`${name} ${startMs}`, windows.get(name, startMs)] as const),
    ),
  );
}
