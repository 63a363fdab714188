import { addCounts, FairleadError, NO_COUNTS, type WorkspaceCounts } from '@fairlead/core';
import { type CountedWindow, createSegmentWriter, type SegmentEntry, type WindowName } from './segment.ts';

/**
 * What is stored of the windows, as the one who stores it knows it. A save writes what came to each window since the last
 * one, and of one share of the windows in `SHARES` all that they have. So of any `SHARES` saves in a row one has all of any
 * window that is older than they are, and the saves before them can go:
 *
 *     save          41      42      43      44          SHARES = 4
 *     share 0        more    more    more   IS
 *     share 1       IS       more    more    more       41 … 44 are all that is needed of a window of any share
 *     share 2        more   IS       more    more
 *     share 3        more    more   IS       more
 *
 * All saves cost the same that way; a copy of everything now and then would make that tick late. The fewer shares, the more
 * a save writes; the more, the longer takes a new leader to read: with 50,000 windows that all change, half a second with 8.
 */
export const SHARES = 8;

export interface SavedWindows {
  /** All of them, as they are stored. */
  all(): Iterable<CountedWindow>;
  /** What a save writes. From now on it is taken for stored. */
  next(save: number, isWhole: boolean, changes: WindowChanges): Uint8Array;
}

export interface WindowChanges {
  /** Windows with other counts than at the last save: all that each has now. */
  readonly changed: readonly CountedWindow[];
  /** Windows that nobody asks for any more. */
  readonly ended: readonly WindowName[];
}

interface Kept extends CountedWindow {
  counts: WorkspaceCounts;
  readonly share: number;
  /** Another one of the same name: there are two for a moment, and seldom more. */
  next: Kept | undefined;
}

const MAX_NAME_BYTES = 120;
/** Of one window in a save: room for most, so that the bytes are not moved. */
const USUAL_BYTES = 64;

/** @param said in the saves that are stored, in their order */
export function createSavedWindows(said: Iterable<SegmentEntry>): SavedWindows {
  const byName = new Map<string, Kept>();
  const shares = Array.from({ length: SHARES }, () => new Set<Kept>());
  let begun = 0;

  function find(workspace: string, startMs: number): Kept | undefined {
    let window = byName.get(workspace);
    while (window !== undefined && window.startMs !== startMs) window = window.next;
    return window;
  }

  function begin({ workspace, startMs, counts }: CountedWindow): Kept {
    if (
      workspace === '' ||
      workspace.length > MAX_NAME_BYTES ||
      Buffer.byteLength(workspace) > MAX_NAME_BYTES
    ) {
      throw new FairleadError(
        'INTERNAL',
        `Nothing is counted under the name "${workspace}": it has 1 to 120 bytes.`,
      );
    }
    const share = begun++ % SHARES;
    const window = { workspace, startMs, counts, share, next: byName.get(workspace) };
    byName.set(workspace, window);
    shares[share]?.add(window);
    return window;
  }

  function end({ workspace, startMs }: WindowName): boolean {
    const window = find(workspace, startMs);
    if (window === undefined) return false;
    const first = byName.get(workspace);
    if (first !== window) {
      for (let other = first; other !== undefined; other = other.next) {
        if (other.next === window) other.next = window.next;
      }
    } else if (window.next === undefined) byName.delete(workspace);
    else byName.set(workspace, window.next);
    return shares[window.share]?.delete(window) ?? false;
  }

  for (const entry of said) {
    const window = find(entry.workspace, entry.startMs);
    if (entry.said === 'gone') end(entry);
    else if (window === undefined) begin(entry);
    else window.counts = entry.said === 'is' ? entry.counts : addCounts(window.counts, entry.counts);
  }

  return {
    *all() {
      for (const windows of shares) yield* windows;
    },
    next(save, isWhole, { changed, ended }) {
      const share = save % SHARES;
      const writer = createSegmentWriter(changed.length * USUAL_BYTES + 65_536);
      // First, for a window may have begun again.
      for (const window of ended) if (end(window)) writer.gone(window);
      for (const window of changed) {
        const kept = find(window.workspace, window.startMs);
        const before = kept?.counts ?? NO_COUNTS;
        const now = kept ?? begin(window);
        now.counts = window.counts;
        if (!isWhole && now.share !== share) writer.more(window, before);
      }
      for (const windows of isWhole ? shares : shares.slice(share, share + 1)) {
        for (const window of windows) writer.is(window);
      }
      return writer.end();
    },
  };
}
