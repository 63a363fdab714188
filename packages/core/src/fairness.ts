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
 * Tags are IEEE doubles on both sides (here and in Lua), computed by the same operations in the same
 * order, so the two agree to the bit.
 *
 * Source: Goyal, Vin, Cheng, "Start-time Fair Queueing", SIGCOMM 1996.
 */

/** The tag with which a workspace enters the ring. */
export function startTag(remembered: number | undefined, clock: number): number {
  return remembered === undefined ? clock : Math.max(remembered, clock);
}

/** The tag after `starts` starts of cost 1. */
export function charge(tag: number, starts: number, weight: number): number {
  return tag + starts / weight;
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
  let best: { workspace: string; tag: number } | undefined;
  for (const [workspace, tag] of ring) {
    if (!best || tag < best.tag || (tag === best.tag && workspace < best.workspace))
      best = { workspace, tag };
  }
  return best;
}
