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
 *     version  { mask  number  [name  start]  value … histogram … } …
 *
 * Whole numbers of any size as varints, seven bits a byte, the low ones first. The mask says in two bits what is said of the
 * window and in one for each field whether it is there: most of them are 0 most of the time. A window has a number, by
 * which all but `is` call it; numbers and starts are differences to those before, and so are buckets. What came to a window
 * with a job or two takes 15 bytes; as JSON with its name it would be 250, and twenty times as dear to write.
 */
export type Said =
  /** All that was counted in the window, with its name. */
  | 'is'
  /** What came to it. */
  | 'more'
  /** It is over: nothing more is kept of it. */
  | 'gone';

export interface SegmentWriter {
  is(window: NamedWindow): void;
  more(number: number, counts: WorkspaceCounts): void;
  gone(number: number): void;
  /** What was written. The writer is used up. */
  end(): Uint8Array;
}

export interface NamedWindow {
  readonly number: number;
  readonly name: string;
  readonly startMs: number;
  readonly counts: WorkspaceCounts;
}

export type SegmentEntry =
  | (NamedWindow & { readonly said: 'is' })
  | { readonly said: 'more'; readonly number: number; readonly counts: WorkspaceCounts }
  | { readonly said: 'gone'; readonly number: number };

const VERSION = 1;
const SAID: readonly Said[] = ['is', 'more', 'gone'];

/** Their order is part of the form: new ones come last, 24 at most. */
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
const WAIT = 1 << 2;
const RUN = 1 << 3;
const FIRST_BIT = 1 << 4;

/** No number takes more. */
const NUMBER_BYTES = 8;

export function createSegmentWriter(sizeHint = 4_096): SegmentWriter {
  let bytes = Buffer.allocUnsafe(sizeHint);
  let at = 0;
  let lastNumber = 0;
  let lastStartMs = 0;
  const values = new Float64Array(FIELDS.length);

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

  function putHistogram(histogram: Histogram): void {
    put(histogram.length / 2);
    let last = 0;
    for (let i = 0; i < histogram.length; i += 2) {
      const bucket = histogram[i] as number;
      put(bucket - last);
      put(histogram[i + 1] as number);
      last = bucket;
    }
  }

  function putDifference(difference: number): void {
    put(difference < 0 ? -2 * difference - 1 : 2 * difference);
  }

  function begin(said: Said, fields: number, number: number): void {
    put(SAID.indexOf(said) | fields);
    putDifference(number - lastNumber);
    lastNumber = number;
  }

  /** The bits of the fields that are not 0, which are in `values` then. */
  function fieldsOf(counts: WorkspaceCounts): number {
    readFields(counts, values);
    let fields = counts.wait.length > 0 ? WAIT : 0;
    if (counts.run.length > 0) fields |= RUN;
    for (let i = 0; i < FIELDS.length; i++) if (values[i] !== 0) fields |= FIRST_BIT << i;
    return fields;
  }

  function putCounts({ wait, run }: WorkspaceCounts): void {
    for (let i = 0; i < FIELDS.length; i++) if (values[i] !== 0) put(values[i] as number);
    if (wait.length > 0) putHistogram(wait);
    if (run.length > 0) putHistogram(run);
  }

  function reserveFor(name: string, { wait, run }: WorkspaceCounts): void {
    reserve(name.length * 3 + (FIELDS.length + wait.length + run.length + 6) * NUMBER_BYTES);
  }

  put(VERSION);
  return {
    is({ number, name, startMs, counts }) {
      reserveFor(name, counts);
      begin('is', fieldsOf(counts), number);
      putName(name);
      putDifference(startMs - lastStartMs);
      lastStartMs = startMs;
      putCounts(counts);
    },
    more(number, counts) {
      reserveFor('', counts);
      begin('more', fieldsOf(counts), number);
      putCounts(counts);
    },
    gone(number) {
      reserveFor('', NO_COUNTS);
      begin('gone', 0, number);
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
  let number = 0;
  let startMs = 0;

  function take(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = buffer[at++];
      if (byte === undefined) throw unreadable('they are cut off');
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  function takeDifference(): number {
    const difference = take();
    return difference % 2 === 1 ? -(difference + 1) / 2 : difference / 2;
  }

  function takeName(): string {
    const end = take() + at;
    if (end > buffer.length) throw unreadable('they are cut off');
    const name = buffer.toString('utf8', at, end);
    at = end;
    return name;
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

  function takeCounts(mask: number): WorkspaceCounts {
    const scalars = {} as Record<Field, number>;
    for (let i = 0; i < FIELDS.length; i++) {
      scalars[FIELDS[i] as Field] = (mask & (FIRST_BIT << i)) === 0 ? 0 : take();
    }
    const wait = (mask & WAIT) === 0 ? EMPTY_HISTOGRAM : takeHistogram();
    const run = (mask & RUN) === 0 ? EMPTY_HISTOGRAM : takeHistogram();
    return { ...scalars, wait, run };
  }

  const version = take();
  if (version !== VERSION) throw unreadable(`their form is ${version}, and this version knows ${VERSION}`);
  while (at < buffer.length) {
    const mask = take();
    const said = SAID[mask & 3];
    number += takeDifference();
    if (said === 'is') {
      const name = takeName();
      startMs += takeDifference();
      yield { said, number, name, startMs, counts: takeCounts(mask) };
    } else if (said === 'more') yield { said, number, counts: takeCounts(mask) };
    else if (said === 'gone') yield { said, number };
    else throw unreadable('they are damaged');
  }
}

function unreadable(why: string): FairleadError {
  return new FairleadError('INTERNAL', `The stored counts cannot be read: ${why}.`);
}
