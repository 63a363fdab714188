/** What is saved of the counts besides the windows: one value. */
import type { ContentionHistory } from '@fairlead/core';
import type { Exercise } from '../decide/exercise.ts';
import type { Gaps } from './gaps.ts';
import type { Slice } from './recent.ts';
import type { Sides } from './sides.ts';

export interface Head {
  readonly version: 1;
  /** `now` of the last tick. */
  readonly tickedAtMs: number;
  /** The last tick in which contention was an exercise's doing. */
  readonly drilledAtMs: number;
  /** One that is on, or still felt; absent: none is. */
  readonly exercise?: Exercise | undefined;
  /** Time of the last report that was read. */
  readonly readToMs: number;
  readonly contention: ContentionHistory;
  readonly gaps: Gaps;
  readonly recent: readonly Slice[];
  readonly sides: readonly Sides[];
}

const NOTHING: Head = {
  version: 1,
  tickedAtMs: 0,
  drilledAtMs: 0,
  readToMs: 0,
  contention: [],
  gaps: [],
  recent: [],
  sides: [],
};

/** The head as it was saved; of another version it is of no use. */
export function headOf(head: unknown): Head {
  const given = head as Partial<Head> | null | undefined;
  return given?.version === NOTHING.version ? { ...NOTHING, ...given } : NOTHING;
}
