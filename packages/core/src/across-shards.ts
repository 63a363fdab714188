/**
 * Several shards, one fairness.
 *
 * Each shard has a virtual time of its own (fairness.ts), and no script sees two of them. What relates them is an offset
 * for each: its tags plus that are points of one virtual time, in which the shard with the least next start goes first.
 * So shards move on together, and each workspace gets by its weight, whichever shard it is in.
 *
 *     shard   tags of its ring   offset      next start over all shards
 *       0      12  14  15          0     ▶    12    first
 *       1       3   3   9         11     ▶    14    second; shard 0 is asked for starts up to there, and a little more
 *
 * A shard whose ring was empty may not have saved up service. When it is claimed from again it starts at the least next
 * start of those that are busy, or, when none is, where the last one of them rests: its offset rises, and its tags stay.
 * One whose server was away is taken for one that has rested: its workspaces get no less than others from then on, and
 * what they missed is not made up for at the cost of those who had nothing to do with it.
 *
 * A replica claims by what it knows, and others claim meanwhile. A shard that it believes to be first may have been
 * served since: the claim says up to which point it is meant, the shard holds it to that, and the answer says where the
 * shard is by now. What it knows of the others may be old, so that a shard starts a little too early: by what was
 * started in that time.
 */

/** What a replica knows of a shard. */
export interface ShardView {
  readonly shard: number;
  /** Whether something could start there when it was last asked. */
  readonly ready: boolean;
  /** Whether something may have come since. */
  readonly rung: boolean;
  /** Its next start, or where it rests, over all shards; undefined when nobody has asked yet. */
  readonly at: number | undefined;
}

/** What a claim from a shard says of the others. */
export interface Across {
  /** Where the shard starts if it has rested; undefined when there is nothing to go by. */
  readonly floor: number | undefined;
  /** Nothing starts beyond this point; undefined for no bound. */
  readonly until: number | undefined;
  /** It could not be reached for a while. */
  readonly wasAway?: boolean | undefined;
}

/** One claim from one shard. */
export interface ShardAsk extends Across {
  readonly shard: number;
  readonly wanted: number;
}

export interface AskOptions {
  /** Shards asked at the same time. */
  readonly most: number;
  /** How far beyond the next start of another shard one may go at a time. */
  readonly slack: number;
}

/** Which shards to ask now for `wanted` jobs together, those with the least next start first; none when none may have any. */
export function askShards(
  views: readonly ShardView[],
  wanted: number,
  { most, slack }: AskOptions,
): ShardAsk[] {
  const candidates = views
    .filter(({ ready, rung }) => ready || rung)
    .map((view) => {
      const floor = floorOf(views, view.shard);
      const at = view.ready ? (view.at ?? 0) : Math.max(view.at ?? floor ?? 0, floor ?? 0);
      return { view, floor, at };
    })
    // One that comes back starts where the first one is: it must not stay behind it for ever.
    .sort(
      (a, b) => a.at - b.at || Number(a.view.ready) - Number(b.view.ready) || a.view.shard - b.view.shard,
    );
  const [first] = candidates;
  if (!first) return [];
  const chosen = candidates
    .filter(({ at }) => at <= first.at + slack)
    .slice(0, Math.max(1, Math.min(most, wanted)));
  return chosen.map(({ view: { shard }, floor }, i) => {
    const next = leastNext(views, shard);
    const share = Math.floor(wanted / chosen.length) + (i < wanted % chosen.length ? 1 : 0);
    return { shard, wanted: share, floor, until: next === undefined ? undefined : next + slack };
  });
}

/** The least next start of the other shards that are busy. */
function leastNext(views: readonly ShardView[], but: number): number | undefined {
  let least: number | undefined;
  for (const { shard, ready, at } of views) {
    if (shard !== but && ready && at !== undefined && (least === undefined || at < least)) least = at;
  }
  return least;
}

/** Where a shard starts that has rested. */
export function floorOf(views: readonly ShardView[], shard: number): number | undefined {
  const busy = leastNext(views, shard);
  if (busy !== undefined) return busy;
  const known = views.flatMap((view) => (view.shard === shard || view.at === undefined ? [] : view.at));
  return known.length === 0 ? undefined : Math.max(...known);
}

/**
 * The offset of a shard that is claimed from again. One that never had a place has saved up nothing and owes nothing,
 * wherever its own clock is: it starts exactly there.
 */
export function placeAgain(offset: number | undefined, next: number, floor: number | undefined): number {
  if (floor === undefined) return offset ?? 0;
  return offset === undefined ? floor - next : Math.max(offset, floor - next);
}
