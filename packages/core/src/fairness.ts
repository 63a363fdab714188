/**
 * Start-time fair queueing over workspaces.
 *
 * Each runnable workspace has a start tag, a point in virtual time at which its next job is due. The
 * least tag goes first, ties by name. A start moves the workspace's own tag on by cost / weight, and the
 * clock to the tag it was served at. Backlogged workspaces so get starts in proportion to their weights,
 * within one quantum a round, whatever their number.
 *
 * A workspace that becomes ready gets `max(own tag, clock)`: being idle saves up nothing, and coming back
 * at once gains nothing over one that never left.
 *
 * What a start costs is 1, or, with runtime fairness, its run time. That is known only at its end: the start is charged
 * with an estimate, and the end settles the difference. Over a time in which a workspace is always backlogged it is so
 * charged for what its jobs took, whatever the estimates were.
 *
 * Tags are IEEE doubles on both sides (here and in Lua), computed by the same operations in the same
 * order, so the two agree to the bit.
 *
 * Source: Goyal, Vin, Cheng, "Start-time Fair Queueing", SIGCOMM 1996.
 */
import { OrderedRing } from './ordered-ring.ts';

/** The tag with which a workspace enters the ring. */
export function startTag(remembered: number | undefined, clock: number): number {
  return remembered === undefined ? clock : Math.max(remembered, clock);
}

/**
 * The tag after `starts` starts. With starts fairness each costs 1; with runtime fairness what a job is expected to
 * cost, see `costOf`.
 */
export function charge(tag: number, starts: number, weight: number, cost = 1): number {
  return tag + (starts * cost) / weight;
}

/** A run time in starts, so that both kinds of fairness share one virtual time: 1 is the mean run. */
export function costOf(ranMs: number, meanMs: number): number {
  return ranMs / meanMs;
}

/** The tag once a job has ended that was charged `charged`: what it really cost stays. It may fall behind the clock. */
export function settle(tag: number, cost: number, charged: number, weight: number): number {
  return tag + (cost - charged) / weight;
}

/** Runs after which a new estimate is mostly what they were. */
const LEARNING_RUNS = 8;

/** The estimate of a workspace's next run after one of `ranMs`. */
export function learnRun(estimateMs: number | undefined, ranMs: number): number {
  return estimateMs === undefined ? ranMs : estimateMs + (ranMs - estimateMs) / LEARNING_RUNS;
}

/** What a run is taken to last before anybody has reported one, ms. */
export const UNKNOWN_MEAN_RUN_MS = 1_000;
/** Runs that weigh as much as all before them. */
const LEARNING_MEAN_RUNS = 1_000;

/** The shard's mean run after `runs` more that took `totalMs`. */
export function learnMeanRun(meanMs: number | undefined, runs: number, totalMs: number): number {
  const latest = Math.max(1, totalMs / runs);
  return meanMs === undefined ? latest : meanMs + ((latest - meanMs) * runs) / (runs + LEARNING_MEAN_RUNS);
}

/** Virtual time after a workspace was served at `servedTag`; it never runs backwards. */
export function advanceClock(clock: number, servedTag: number): number {
  return Math.max(clock, servedTag);
}

/** A tag that says nothing once the clock has reached it need not be remembered. */
export function worthRemembering(tag: number, clock: number): boolean {
  return tag > clock;
}

/** The workspace that goes next: least tag, ties by name; undefined when nobody is in the ring. */
export function nextInRing(
  ring: ReadonlyMap<string, number>,
): { workspace: string; tag: number } | undefined {
  if (ring instanceof OrderedRing) return ring.next();
  let best: { workspace: string; tag: number } | undefined;
  for (const [workspace, tag] of ring) {
    if (!best || tag < best.tag || (tag === best.tag && workspace < best.workspace))
      best = { workspace, tag };
  }
  return best;
}
