/**
 * A duplicate send (an effect that ran twice for one key) stops things once an event, in every kind: capacity steps
 * down, the workspace is demoted, every rollout returns to stable.
 *
 * The signal is a running total from the effect ledger, and each subject's state remembers the total it has seen.
 * A count "since the last tick" would be lost with a leader that dies between reading and writing, or be taken twice
 * by a repeated tick; a total can be neither.
 */
export interface DuplicatesNoticed {
  /** Whether there are more than were seen before. */
  readonly happened: boolean;
  /** The total to remember. */
  readonly seen: number | null;
}

/**
 * @param seen the total in the state; null = never looked, so what is there already is no event
 * @param total the signal; null = not known, which is no event and forgets nothing. A total that fell (effects are
 *   pruned) becomes the new mark.
 */
export function noticeDuplicates(seen: number | null, total: number | null): DuplicatesNoticed {
  if (total === null) return { happened: false, seen };
  return { happened: seen !== null && total > seen, seen: total };
}
