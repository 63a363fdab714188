import { addCounts, FairleadError, type WorkspaceCounts } from '@fairlead/core';
import { createSegmentWriter, type NamedWindow, type SegmentEntry } from './segment.ts';
import { addTo, type Tally, tallyOf } from './tally.ts';

/** The counts of windows that are not over, in the memory of who counts. A name is a workspace's, or any of 1 to 120 bytes. */
export interface CountedWindows {
  /** Counts more into the window that starts at `startMs`; it begins with the first. */
  add(name: string, startMs: number, counts: WorkspaceCounts): void;
  /** As they are now. */
  get(name: string, startMs: number): WorkspaceCounts | undefined;
  /** Where the windows of a name start. */
  startsOf(name: string): readonly number[];
  /** Of a window that was judged, or that nobody will ask for, nothing is kept. */
  drop(name: string, startMs: number): void;
  names(): Iterable<string>;
}

/**
 * They know what a save has to write: what came to each window since the last one, and of one share of the windows in
 * `SHARES` all that they have. So of any `SHARES` saves in a row one has all of any window that is older than they are, and
 * the saves before them can go:
 *
 *     save          41      42      43      44          SHARES = 4
 *     share 0        more    more    more   IS
 *     share 1       IS       more    more    more       41 … 44 are all that is needed of a window of any share
 *     share 2        more   IS       more    more
 *     share 3        more    more   IS       more
 *
 * All saves cost the same that way; a copy of everything now and then would make that tick late. The fewer shares, the more
 * a save writes; the more, the longer takes a new leader to read.
 */
export const SHARES = 8;

export interface UnsavedWindows extends CountedWindows {
  /** What is known of the saves. */
  readonly progress: {
    /** The number of the last one that is known to be stored. */
    save: number;
    /** Those after it of which nobody knows whether they are. */
    inDoubt: number;
    /** The next one has everything. */
    isWhole: boolean;
  };
  /** What the save of that number writes. From now on it is taken for stored. */
  takeUnsaved(save: number, isWhole: boolean): Uint8Array;
}

interface Window extends NamedWindow {
  counts: Tally;
  /** Its name and all of it are in one of the last saves. */
  isKnown: boolean;
  /** What came since the last save. */
  more: WorkspaceCounts | undefined;
  isGone: boolean;
  /** Another one of the same name: there are two for a moment, and seldom more. */
  next: Window | undefined;
}

const MAX_NAME_BYTES = 120;
/** Of one window in a save: room for most, so that the bytes are not moved. */
const USUAL_BYTES = 48;

/** @param said in the saves that are stored, in their order, all by one leader; none: nothing was counted yet */
export function createCountedWindows(said: Iterable<SegmentEntry> = [], lastSave = 0): UnsavedWindows {
  const byName = new Map<string, Window>();
  const shares = Array.from({ length: SHARES }, () => new Set<Window>());
  let changed: Window[] = [];
  let gone: number[] = [];
  let begun = 0;

  const shareOf = ({ number }: Window) => shares[number % SHARES] as Set<Window>;

  function find(name: string, startMs: number): Window | undefined {
    let window = byName.get(name);
    while (window !== undefined && window.startMs !== startMs) window = window.next;
    return window;
  }

  function begin(name: string, startMs: number, counts: WorkspaceCounts): Window {
    if (name === '' || name.length > MAX_NAME_BYTES || Buffer.byteLength(name) > MAX_NAME_BYTES) {
      throw new FairleadError(
        'INTERNAL',
        `Nothing is counted under the name "${name}": it has 1 to 120 bytes.`,
      );
    }
    const window = {
      ...{ number: begun++, name, startMs, counts: tallyOf(counts) },
      ...{ more: undefined, isKnown: false, isGone: false, next: byName.get(name) },
    };
    byName.set(name, window);
    shareOf(window).add(window);
    return window;
  }

  function drop(name: string, startMs: number): void {
    const window = find(name, startMs);
    if (window === undefined) return;
    const first = byName.get(name);
    if (first !== window) {
      for (let other = first; other !== undefined; other = other.next) {
        if (other.next === window) other.next = window.next;
      }
    } else if (window.next === undefined) byName.delete(name);
    else byName.set(name, window.next);
    shareOf(window).delete(window);
    window.isGone = true;
    if (window.isKnown) gone.push(window.number);
  }

  const numbered = new Map<number, Window>();
  for (const entry of said) {
    const window = numbered.get(entry.number);
    if (entry.said === 'is') {
      if (window !== undefined) window.counts = tallyOf(entry.counts);
      else numbered.set(entry.number, begin(entry.name, entry.startMs, entry.counts));
    } else if (window === undefined) {
      // All of it comes later, or it is gone by then.
    } else if (entry.said === 'more') addTo(window.counts, entry.counts);
    else drop(window.name, window.startMs);
  }

  return {
    progress: { save: lastSave, inDoubt: 0, isWhole: true },
    add(name, startMs, counts) {
      const found = find(name, startMs);
      const window = found ?? begin(name, startMs, counts);
      if (found !== undefined) addTo(window.counts, counts);
      if (window.more === undefined) changed.push(window);
      window.more = window.more === undefined ? counts : addCounts(window.more, counts);
    },
    get(name, startMs) {
      const window = find(name, startMs);
      return window && tallyOf(window.counts);
    },
    startsOf(name) {
      const starts: number[] = [];
      for (let window = byName.get(name); window !== undefined; window = window.next)
        starts.push(window.startMs);
      return starts;
    },
    drop,
    names: () => byName.keys(),
    takeUnsaved(save, isWhole) {
      const share = save % SHARES;
      const writer = createSegmentWriter((isWhole ? 4 * begun : changed.length) * USUAL_BYTES + 65_536);
      for (const number of gone) writer.gone(number);
      for (const window of changed) {
        const { isGone, more, number } = window;
        window.more = undefined;
        if (isWhole || isGone || more === undefined || number % SHARES === share) continue;
        if (window.isKnown) writer.more(number, more);
        else writer.is(window);
        window.isKnown = true;
      }
      for (const windows of isWhole ? shares : shares.slice(share, share + 1)) {
        for (const window of windows) {
          writer.is(window);
          window.isKnown = true;
        }
      }
      [changed, gone] = [[], []];
      return writer.end();
    },
  };
}
