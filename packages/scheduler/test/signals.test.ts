import { addCounts, histogramOf, NO_COUNTS, type WorkspaceCounts } from '@fairlead/core';
import { waitFor } from '@fairlead/testkit';
import { expect, test } from '@jest/globals';
import type { Report } from '../src/index.ts';
import { useRig } from './support/rig.ts';

const rig = useRig();

const STREAM = '{fl0}:~reports';
const REPORTERS = '{fl0}:~reporters';
let ids = 0;

function reportOf(reporter: string, more: Partial<Report> = {}): Report {
  return {
    reporter,
    id: `id-${++ids}`,
    kind: 'consumer',
    slots: 64,
    draining: false,
    counts: new Map([['acme', counts(1)]]),
    vitals: { claims: histogramOf([3]), locksLost: 0, running: 0, eventLoopP99Ms: 1 },
    evidence: [],
    ...more,
  };
}

function counts(started: number): WorkspaceCounts {
  return { ...NO_COUNTS, started, wait: histogramOf([started]) };
}

/** Everything from a cursor on, in small steps. */
async function readAll(after?: string) {
  const reports: Report[] = [];
  let cursor = after;
  let lost = false;
  for (;;) {
    const read = await rig.scheduler.readReports(cursor, 2);
    reports.push(...read.reports.map(({ report }) => report));
    cursor = read.cursor;
    lost ||= read.lost;
    if (read.reports.length < 2) return { reports, cursor, lost };
  }
}

/** As if the reporter had said that so long ago. */
async function age(reporter: string, agoMs: number): Promise<void> {
  const before = (await rig.raw.hget(REPORTERS, reporter)) ?? '';
  const [seconds] = (await rig.raw.time()) as unknown as [string];
  const seenMs = Number(seconds) * 1_000 - agoMs;
  await rig.raw.hset(REPORTERS, reporter, before.replace(/\d+$/, String(seenMs)));
}

test('reports are read once, in order, each as it was sent', async () => {
  const sent = [
    reportOf('one', { evidence: [{ workspace: 'acme', what: 'dead', traceparent: '00-a-b-01' }] }),
    reportOf('two', { vitals: undefined, kind: 'dispatcher', slots: 0 }),
    reportOf('one'),
  ];
  for (const report of sent) await rig.scheduler.report(report);
  const first = await readAll();
  expect(first).toMatchObject({ reports: sent, lost: false });
  expect(await readAll(first.cursor)).toMatchObject({ reports: [], cursor: first.cursor, lost: false });
  const next = reportOf('two');
  await rig.scheduler.report(next);
  expect(await readAll(first.cursor)).toMatchObject({ reports: [next], lost: false });
  const [{ atMs } = { atMs: 0 }] = (await rig.scheduler.readReports(undefined, 1)).reports;
  const [seconds] = (await rig.raw.time()) as unknown as [string];
  expect(Math.abs(atMs - Number(seconds) * 1_000)).toBeLessThan(10_000);
});

test('a report that is sent again under its id is taken once', async () => {
  const report = reportOf('one');
  await rig.scheduler.report(report);
  await rig.scheduler.report({ ...report, draining: true });
  await rig.scheduler.report(reportOf('two', { id: report.id }));
  await rig.scheduler.report(reportOf('one'));
  expect((await readAll()).reports).toHaveLength(3);
  expect((await rig.scheduler.replicas()).map(({ id, draining }) => [id, draining])).toEqual(
    expect.arrayContaining([
      ['one', false],
      ['two', false],
    ]),
  );
});

test('a large report comes in parts, and its parts are the whole', async () => {
  const all = new Map(Array.from({ length: 2_500 }, (_, n) => [`ws-${n}`, counts(n + 1)]));
  const report = reportOf('one', { counts: all });
  await rig.scheduler.report(report);
  const { reports, lost } = await readAll();
  expect(lost).toBe(false);
  expect(reports.map((part) => part.counts.size)).toEqual([1_000, 1_000, 500]);
  expect(reports.map((part) => part.vitals)).toEqual([report.vitals, undefined, undefined]);
  expect(new Map(reports.flatMap((part) => [...part.counts]))).toEqual(all);
});

test('a reader whose place was trimmed away is told, and once', async () => {
  for (let n = 0; n < 5; n++) await rig.scheduler.report(reportOf('one'));
  const { cursor } = await rig.scheduler.readReports(undefined, 2);
  // What it has read may go.
  await rig.raw.xtrim(STREAM, 'MAXLEN', 3);
  expect(await readAll(cursor)).toMatchObject({ lost: false, reports: { length: 3 } });
  await rig.raw.xtrim(STREAM, 'MAXLEN', 2);
  const rest = await readAll(cursor);
  expect(rest).toMatchObject({ lost: true, reports: { length: 2 } });
  expect(await readAll(rest.cursor)).toMatchObject({ lost: false });

  await rig.scheduler.report(reportOf('one'));
  await rig.raw.xtrim(STREAM, 'MAXLEN', 0);
  const nothing = await readAll(rest.cursor);
  expect(nothing).toMatchObject({ lost: true, reports: [] });
  await rig.scheduler.report(reportOf('one'));
  expect(await readAll(nothing.cursor)).toMatchObject({ lost: false, reports: { length: 1 } });
});

test('after a loss of the data a reader is told, and reads on', async () => {
  for (let n = 0; n < 3; n++) await rig.scheduler.report(reportOf('one'));
  const { cursor } = await readAll();
  await rig.raw.flushall();
  await rig.scheduler.report(reportOf('one'));
  const after = await readAll(cursor);
  expect(after).toMatchObject({ lost: true, reports: { length: 1 } });
  expect(await readAll(after.cursor)).toMatchObject({ lost: false });
});

test('a reader that finds no reports yet misses nothing when they come', async () => {
  const before = await readAll();
  expect(before).toMatchObject({ lost: false, reports: [] });
  await rig.scheduler.report(reportOf('one'));
  expect(await readAll(before.cursor)).toMatchObject({ lost: false, reports: { length: 1 } });
  // Nor does one that begins when some have gone.
  for (let n = 0; n < 5; n++) await rig.scheduler.report(reportOf('one'));
  await rig.raw.xtrim(STREAM, 'MAXLEN', 2);
  expect(await readAll()).toMatchObject({ lost: false, reports: { length: 2 } });
  await rig.raw.xtrim(STREAM, 'MAXLEN', 0);
  const none = await readAll();
  expect(none).toMatchObject({ lost: false, reports: [] });
  expect(await readAll(none.cursor)).toMatchObject({ lost: false, reports: [] });
});

test('an entry that nobody can read is told as lost, and stops nothing', async () => {
  await rig.scheduler.report(reportOf('one'));
  const { cursor } = await readAll();
  await rig.raw.xadd(STREAM, '*', 'n', '2', 'r', '["from another version"]');
  await rig.raw.hset('{fl0}:~report-log', 'number', 2);
  await rig.scheduler.report(reportOf('one'));
  expect(await readAll(cursor)).toMatchObject({ lost: true, reports: { length: 1 } });
});

test('what is older than a quarter of an hour goes with the next report', async () => {
  const longAgo = 1_000;
  for (let n = 1; n <= 300; n++) await rig.raw.xadd(STREAM, `${longAgo}-${n}`, 'n', n, 'r', 'x');
  await rig.scheduler.report(reportOf('one'));
  // Redis trims whole nodes, of 100 entries.
  expect(await rig.raw.xlen(STREAM)).toBeLessThanOrEqual(100);
});

test('the stream is bounded in bytes, however large reports are', async () => {
  await rig.raw.hset('{fl0}:~report-log', 'number', 1_000, 'mean', 1_000_000);
  await rig.scheduler.report(reportOf('one', { id: 'many' }));
  const [seconds] = (await rig.raw.time()) as unknown as [string];
  const pipeline = rig.raw.pipeline();
  for (let n = 0; n < 500; n++)
    pipeline.xadd(STREAM, `${Number(seconds) * 1_000 + 5_000}-${n}`, 'n', n, 'r', 'x');
  await pipeline.exec();
  await rig.scheduler.report(reportOf('one'));
  // 64 MiB of about a megabyte each, and up to one node more.
  expect(await rig.raw.xlen(STREAM)).toBeLessThan(200);
});

test('the capacity is shared out among the consumers that live', async () => {
  const shareOf = async (reporter: string, more: Partial<Report> = {}) =>
    (await rig.scheduler.report(reportOf(reporter, more))).share;
  const running = (count: number) => ({
    vitals: { claims: [], locksLost: 0, running: count, eventLoopP99Ms: 0 },
  });

  expect(await rig.scheduler.report(reportOf('a'))).toEqual({ capacity: undefined, share: undefined });
  await rig.scheduler.publishCapacity({ capacity: 101, epoch: 1 });
  expect(await rig.scheduler.report(reportOf('a'))).toEqual({ capacity: 101, share: 64 });
  expect(await shareOf('b')).toBe(50);
  expect(await shareOf('a')).toBe(51);
  expect(await shareOf('dispatcher', { kind: 'dispatcher', slots: 0, vitals: undefined })).toBeUndefined();
  expect((await rig.scheduler.replicas()).map(({ id, slots }) => [id, slots]).toSorted()).toEqual([
    ['a', 64],
    ['b', 64],
  ]);

  // b leaves: what it still runs counts, and then it is gone.
  expect(await shareOf('b', { draining: true, ...running(61) })).toBeUndefined();
  expect(await shareOf('a')).toBe(40);
  expect(await rig.scheduler.replicas()).toHaveLength(2);
  await shareOf('b', { draining: true, ...running(0) });
  expect(await shareOf('a')).toBe(64);
  expect((await rig.scheduler.replicas()).map(({ id }) => id)).toEqual(['a']);

  // c dies without a word.
  expect(await shareOf('c')).toBe(50);
  await age('c', 16_000);
  expect(await shareOf('a')).toBe(64);
  await age('c', 901_000);
  await shareOf('a');
  expect(await rig.raw.hexists(REPORTERS, 'c')).toBe(0);
});

test('a capacity that nobody repeats for five minutes holds no more', async () => {
  await rig.scheduler.publishCapacity({ capacity: 10, epoch: 3 });
  const [seconds] = (await rig.raw.time()) as unknown as [string];
  await rig.raw.hset('{fl0}:~capacity', 'atMs', Number(seconds) * 1_000 - 301_000);
  expect(await rig.scheduler.report(reportOf('a'))).toEqual({ capacity: undefined, share: undefined });
});

test('a leader of an earlier epoch cannot publish a capacity', async () => {
  expect(await rig.scheduler.publishCapacity({ capacity: 10, epoch: 9 })).toBe('published');
  expect(await rig.scheduler.publishCapacity({ capacity: 99, epoch: 8 })).toBe('old_epoch');
  expect(await rig.scheduler.publishCapacity({ capacity: 0, epoch: 10 })).toBe('published');
  expect(await rig.scheduler.report(reportOf('a'))).toEqual({ capacity: 0, share: 0 });
  expect(await rig.scheduler.publishCapacity({ capacity: 99, epoch: 9 })).toBe('old_epoch');
});

test('what many reporters count at once adds up', async () => {
  const expected = counts(3);
  await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      rig.scheduler.report(reportOf(`r${n % 8}`, { counts: new Map([['acme', expected]]) })),
    ),
  );
  await waitFor(async () => (await rig.raw.xlen(STREAM)) === 40, { what: 'all are there' });
  const { reports } = await readAll();
  const total = reports.reduce(
    (sum, { counts: each }) => addCounts(sum, each.get('acme') ?? NO_COUNTS),
    NO_COUNTS,
  );
  expect(total).toEqual(Array.from({ length: 40 }, () => expected).reduce(addCounts));
});
