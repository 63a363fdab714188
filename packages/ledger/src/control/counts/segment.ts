import {
  EMPTY_HISTOGRAM,
  FairleadError,
  type Histogram,
  NO_COUNTS,
  type WorkspaceCounts,
} from '@fairlead/core';

/**
 * The form in which counts are stored: what one save has to say about many windows, as bytes.
 *
 *     version  { mask  name  start  value … histogram … } …
 *
 * Whole numbers of any size as varints, seven bits a byte, the low ones first. The mask says in two bits what is said of the
 * window and in one for each field whether it is there: most of them are 0 most of the time. A start is the difference to
 * that of the window before, a bucket the difference to the bucket before. A window to which a few jobs came takes 40
 * bytes, 15 of them its name; as JSON it would be 250, and ten times as dear to write.
 */
export type Said =
  /** All that was counted in the window. */
  | 'is'
  /** What came to it. */
  | 'more'
  /** It is over: nothing more is kept of it. */
  | 'gone';

export interface SegmentWriter {
  is(window: CountedWindow): void;
  /** What came to a window since it was `before`; all that it has, if that is less. */
  more(window: CountedWindow, before: WorkspaceCounts): void;
  gone(window: WindowName): void;
  /** What was written. The writer is used up. */
  end(): Uint8Array;
}

export interface WindowName {
  /** A workspace; or anything else that is counted, by a name of 1 to 120 bytes of UTF-8. */
  readonly workspace: string;
  readonly startMs: number;
}

/** All that was counted in one window. */
export interface CountedWindow extends WindowName {
  readonly counts: WorkspaceCounts;
}

export interface SegmentEntry extends CountedWindow {
  readonly said: Said;
}

const VERSION = 1;
const SAID: readonly Said[] = ['is', 'more', 'gone'];

/** Their order is part of the form: new ones come last, 29 at most with the histograms. */
const FIELDS = [
  'started',
  'finished',
  'failed',
  'dead',
  'duplicates',
  'suppressed',
  'late',
  'stalled',
  'lostLocks',
  'enqueues',
  'enqueueFailures',
] as const;
type Field = (typeof FIELDS)[number];
const FIRST_BIT = 4;
const WAIT = 1 << 28;
const RUN = 1 << 29;

const MASK_BYTES = 4;
/** No number takes more. */
const NUMBER_BYTES = 8;

export function createSegmentWriter(sizeHint = 4_096): SegmentWriter {
  let bytes = Buffer.allocUnsafe(sizeHint);
  let at = 0;
  let lastStartMs = 0;
  const values = new Float64Array(FIELDS.length);
  const known = new Float64Array(FIELDS.length);

  function reserve(size: number): void {
    if (at + size <= bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(bytes.length * 2, at + size));
    bytes.copy(larger, 0, 0, at);
    bytes = larger;
  }

  function put(value: number): void {
    let left = value;
    while (left > 0x7fffffff) {
      bytes[at++] = (left % 128) | 128;
      left = Math.floor(left / 128);
    }
    while (left > 127) {
      bytes[at++] = (left & 127) | 128;
      left >>>= 7;
    }
    bytes[at++] = left;
  }

  function putName(name: string): void {
    const start = at++;
    for (let i = 0; i < name.length; i++) {
      const code = name.charCodeAt(i);
      if (code > 127) {
        at = start + 1 + bytes.write(name, start + 1);
        break;
      }
      bytes[at++] = code;
    }
    bytes[start] = at - start - 1;
  }

  /** @param before what of it is known already; false when it is not in it */
  function putHistogram(histogram: Histogram, before: Histogram): boolean {
    const pairs = at;
    let known = 0;
    let last = 0;
    let count = 0;
    // The number of pairs, which is not known yet, and seldom needs a second byte.
    at++;
    for (let i = 0; i < histogram.length; i += 2) {
      const bucket = histogram[i] as number;
      let more = histogram[i + 1] as number;
      if (before[known] === bucket) {
        more -= before[known + 1] as number;
        known += 2;
      }
      if (more < 0) return false;
      if (more === 0) continue;
      put(bucket - last);
      put(more);
      last = bucket;
      count++;
    }
    if (count > 127) {
      bytes.copy(bytes, pairs + 2, pairs + 1, at++);
      bytes[pairs] = (count & 127) | 128;
      bytes[pairs + 1] = count >>> 7;
    } else bytes[pairs] = count;
    return known === before.length;
  }

  function putWindow(said: Said, { workspace, startMs }: WindowName): number {
    const start = at;
    // The mask comes when it is known: four bytes, all of which it may need.
    at += MASK_BYTES;
    putName(workspace);
    const difference = startMs - lastStartMs;
    put(difference < 0 ? -2 * difference - 1 : 2 * difference);
    lastStartMs = startMs;
    bytes.writeUInt32LE(SAID.indexOf(said), start);
    return start;
  }

  function putCounts(start: number, said: Said, counts: WorkspaceCounts, before: WorkspaceCounts): boolean {
    let mask = SAID.indexOf(said);
    readFields(counts, values);
    readFields(before, known);
    for (let i = 0; i < FIELDS.length; i++) {
      const more = (values[i] as number) - (known[i] as number);
      if (more === 0) continue;
      if (more < 0) return false;
      mask |= FIRST_BIT << i;
      put(more);
    }
    if (counts.wait !== before.wait) {
      mask |= WAIT;
      if (!putHistogram(counts.wait, before.wait)) return false;
    }
    if (counts.run !== before.run) {
      mask |= RUN;
      if (!putHistogram(counts.run, before.run)) return false;
    }
    bytes.writeUInt32LE(mask, start);
    return true;
  }

  function reserveFor({ workspace }: WindowName, histograms: number): void {
    reserve(MASK_BYTES + workspace.length * 3 + (FIELDS.length + histograms + 6) * NUMBER_BYTES);
  }

  function is(window: CountedWindow): void {
    const { counts } = window;
    reserveFor(window, counts.wait.length + counts.run.length);
    putCounts(putWindow('is', window), 'is', counts, NO_COUNTS);
  }

  put(VERSION);
  return {
    is,
    more(window, before) {
      const { counts } = window;
      reserveFor(window, counts.wait.length + counts.run.length);
      const [start, startMs] = [at, lastStartMs];
      if (putCounts(putWindow('more', window), 'more', counts, before)) return;
      [at, lastStartMs] = [start, startMs];
      is(window);
    },
    gone(window) {
      reserveFor(window, 0);
      putWindow('gone', window);
    },
    end: () => bytes.subarray(0, at),
  };
}

/** By name: a loop over names is five times as dear. */
function readFields(counts: WorkspaceCounts, values: Float64Array): void {
  values[0] = counts.started;
  values[1] = counts.finished;
  values[2] = counts.failed;
  values[3] = counts.dead;
  values[4] = counts.duplicates;
  values[5] = counts.suppressed;
  values[6] = counts.late;
  values[7] = counts.stalled;
  values[8] = counts.lostLocks;
  values[9] = counts.enqueues;
  values[10] = counts.enqueueFailures;
}

/** @throws FairleadError INTERNAL when the bytes are of another form, or cut off */
export function* readSegment(bytes: Uint8Array): Generator<SegmentEntry> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let lastStartMs = 0;

  function take(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = buffer[at++];
      if (byte === undefined) throw unreadable('they are cut off');
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  function takeHistogram(): Histogram {
    const histogram: number[] = [];
    let bucket = 0;
    for (let left = take(); left > 0; left--) {
      bucket += take();
      histogram.push(bucket, take());
    }
    return histogram;
  }

  const version = take();
  if (version !== VERSION) throw unreadable(`their form is ${version}, and this version knows ${VERSION}`);
  while (at < buffer.length) {
    if (at + MASK_BYTES > buffer.length) throw unreadable('they are cut off');
    const mask = buffer.readUInt32LE(at);
    at += MASK_BYTES;
    const said = SAID[mask & 3];
    if (said === undefined) throw unreadable('they are damaged');
    const length = take();
    const workspace = buffer.toString('utf8', at, at + length);
    at += length;
    const difference = take();
    const startMs = lastStartMs + (difference % 2 === 1 ? -(difference + 1) / 2 : difference / 2);
    lastStartMs = startMs;
    const scalars = {} as Record<Field, number>;
    for (const [i, field] of FIELDS.entries()) scalars[field] = (mask & (FIRST_BIT << i)) === 0 ? 0 : take();
    const wait = (mask & WAIT) === 0 ? EMPTY_HISTOGRAM : takeHistogram();
    const run = (mask & RUN) === 0 ? EMPTY_HISTOGRAM : takeHistogram();
    yield { said, workspace, startMs, counts: { ...scalars, wait, run } };
  }
}

function unreadable(why: string): FairleadError {
  return new FairleadError('INTERNAL', `The stored counts cannot be read: ${why}.`);
}
