/**
 * Claims over several shards: from the one with the least next start first (across-shards.ts in core), and past those
 * that do not answer.
 *
 * A replica knows of each shard what the last claim from it said, and asks those that had something, or from which it
 * has heard since. All others it looks at once a second while it claims: what others did there, and what has become due.
 * With nothing to claim there is nothing to choose by, and what comes rings: then it looks as rarely as an idle replica.
 *
 *     look at those not seen for a second ┐
 *     choose: least next start first      ├─ wait for all, or until they gave enough ─▶ enough? ─▶ answer
 *     claim from them, at the same time   ┘        ▲                                      no │
 *                                                  └──────────────────────────────────────────┘
 *
 * What looks tell is for the next choice, so no job waits for them; but for those at shards that had work, without which
 * the others would have no bound in that choice.
 *
 * A shard that does not answer (its primary is away) is left alone until it does: the call waits for its node or for
 * the one that takes its place. What it brings then is kept for the next claim, its locks held.
 */
import { type Across, askShards, floorOf, type ShardView } from '@fairlead/core';
import type { ClaimedHash } from './claimed-job.ts';
import { MAX_CLAIM, type ShardClaim } from './verbs/claim.ts';

export interface SeveralShardsOptions {
  readonly shards: number;
  readonly quantum: number;
  /** Claims from one shard; undefined when it has no generation. */
  readonly claim: (shard: number, wanted: number, across: Across) => Promise<ShardClaim | undefined>;
  /** Something was answered after the claim that asked for it. */
  readonly onLate: () => void;
  /** A shard answered with an error, or not at all. Others did what they could. */
  readonly onError: (error: Error) => void;
  /** How long shards are waited for when there are others; undefined: all are of one server. */
  readonly patienceMs: number | undefined;
}

export interface Claimed {
  readonly jobs: readonly ClaimedHash[];
  readonly answers: readonly ShardClaim[];
}

export interface SeveralShards {
  /**
   * Up to `maxJobs`; undefined when there are none, and a shard has no generation.
   *
   * @throws what a shard answered, when no other answered anything else
   */
  claim(maxJobs: number): Promise<Claimed | undefined>;
  /** Something may have come to a shard. */
  ring(shard: number): void;
  /** Whether a further claim now may find something. */
  mayHaveMore(): boolean;
  /** When something is due, by what is known; in this process's monotonic time. */
  nextWorkAt(): number;
}

interface Known {
  readonly shard: number;
  ready: boolean;
  rung: boolean;
  at: number | undefined;
  /** Monotonic. */
  dueAt: number;
  askedAt: number;
  /** Calls under way. */
  asking: number;
  /** The last call failed, or took so long that nobody waited for it. */
  wasAway: boolean;
  hasGeneration: boolean;
  /** Monotonic: left alone until then. */
  troubledUntil: number;
}

/** Calls at a time: enough to keep the nodes of a cluster busy, and few enough to choose well. */
const MOST_ASKED = 8;
const LOOK_AGAIN_MS = 1_000;
/** With nothing to claim: for a wake-up that died with the replica it woke, see wake-up.ts. */
const LOOK_AGAIN_IDLE_MS = 5_000;
const AFTER_TROUBLE_MS = 1_000;

export function createSeveralShards(options: SeveralShardsOptions): SeveralShards {
  const { shards, quantum, patienceMs } = options;
  const all = Array.from(
    { length: shards },
    (_, shard): Known => ({
      shard,
      ready: false,
      rung: false,
      at: undefined,
      dueAt: Number.POSITIVE_INFINITY,
      askedAt: Number.NEGATIVE_INFINITY,
      asking: 0,
      wasAway: false,
      hasGeneration: true,
      troubledUntil: 0,
    }),
  );
  let late: ClaimedHash[] = [];

  /** Whether to look at a shard that is not to be claimed from. */
  function isStale(known: Known, now: number, choosing: boolean): boolean {
    if (known.asking > 0 || known.troubledUntil > now) return false;
    const soon = choosing || known.wasAway || !known.hasGeneration;
    return now - known.askedAt >= (soon ? LOOK_AGAIN_MS : LOOK_AGAIN_IDLE_MS);
  }

  /** What is known, to choose by; what cannot be asked now holds nobody up. */
  function view(known: Known, now: number, without: ReadonlySet<number>): ShardView {
    const { shard, at } = known;
    const usable = known.asking === 0 && known.troubledUntil <= now && !without.has(shard);
    return { shard, at, ready: usable && known.ready, rung: usable && (known.rung || known.dueAt <= now) };
  }

  async function ask(known: Known, wanted: number, across: Across): Promise<ShardClaim | undefined> {
    const { wasAway } = known;
    known.asking++;
    known.rung = false;
    known.askedAt = performance.now();
    try {
      const claim = await options.claim(known.shard, wanted, { ...across, wasAway });
      known.hasGeneration = claim !== undefined;
      known.ready = claim !== undefined && claim.ready > 0;
      known.at = claim?.at;
      const waitMs = claim?.nextMs === undefined ? Number.POSITIVE_INFINITY : claim.nextMs - claim.nowMs;
      const now = performance.now();
      known.dueAt = now + Math.max(0, waitMs);
      known.wasAway = patienceMs !== undefined && now - known.askedAt > patienceMs;
      return claim;
    } catch (error) {
      known.troubledUntil = performance.now() + AFTER_TROUBLE_MS;
      known.wasAway = true;
      known.ready = false;
      throw error;
    } finally {
      known.asking--;
    }
  }

  return {
    async claim(maxJobs) {
      const jobs = late.slice(0, maxJobs);
      late = late.slice(maxJobs);
      const answers: ShardClaim[] = [];
      /** Shards that gave less than they were asked for, and not for the sake of others. */
      const exhausted = new Set<number>();
      let trouble: { readonly error: unknown } | undefined;

      for (let wave = 0; wave < shards + MOST_ASKED; wave++) {
        const now = performance.now();
        const missing = maxJobs - jobs.length;
        if (missing <= 0) break;
        const views = all.map((known) => view(known, now, exhausted));
        const asks = askShards(views, missing, { most: MOST_ASKED, slack: quantum });
        const calls: Call[] = [];
        for (const { shard, wanted, ...across } of asks) {
          const known = all[shard] as Known;
          const most = Math.min(MAX_CLAIM, wanted);
          calls.push({ known, wanted: most, across, work: ask(known, most, across) });
        }
        for (const known of all) {
          if (!isStale(known, now, asks.length > 0)) continue;
          const across = { floor: floorOf(views, known.shard), until: undefined };
          calls.push({ known, wanted: 0, across, work: ask(known, 0, across) });
        }
        if (calls.length === 0) break;

        for (const { known, wanted, across, settled } of await settle(calls, missing)) {
          if (settled.status === 'rejected') {
            trouble = { error: settled.reason };
            continue;
          }
          const claim = settled.value;
          if (claim === undefined) continue;
          answers.push(claim);
          jobs.push(...claim.jobs);
          const held = across.until !== undefined && claim.ready > 0 && (claim.at ?? 0) > across.until;
          if (wanted > 0 && claim.jobs.length < wanted && !held) exhausted.add(known.shard);
        }
      }

      if (trouble && jobs.length === 0 && answers.length === 0) throw trouble.error;
      if (trouble) options.onError(trouble.error as Error);
      if (jobs.length === 0 && all.some(({ hasGeneration }) => !hasGeneration)) return undefined;
      return { jobs, answers };
    },

    ring(shard) {
      const known = all[shard];
      if (known) known.rung = true;
    },

    mayHaveMore() {
      const now = performance.now();
      return late.length > 0 || all.some((known) => view(known, now, NONE).ready);
    },

    nextWorkAt() {
      if (late.length > 0) return 0;
      const now = performance.now();
      let least = Number.POSITIVE_INFINITY;
      for (const known of all) {
        if (known.asking > 0) continue;
        const dueAt = known.rung || known.ready ? now : known.dueAt;
        least = Math.min(least, Math.max(dueAt, known.troubledUntil));
      }
      return least;
    },
  };

  /**
   * Those that have settled: all, or those until `missing` jobs were there, or those within the patience; but where
   * every shard is being asked, one at least. The others come late.
   */
  async function settle(calls: readonly Call[], missing: number): Promise<Settled[]> {
    const settled: Settled[] = [];
    const enough = Promise.withResolvers<void>();
    let given = 0;
    let over = false;
    const each = calls.map(async ({ work, ...call }) => {
      const [result] = await Promise.allSettled([work]);
      if (!over) {
        settled.push({ ...call, settled: result });
        if (result.status === 'fulfilled') given += result.value?.jobs.length ?? 0;
        const bounds = calls.some(({ known }) => known.ready && known.asking > 0);
        if (given >= missing && !bounds) enough.resolve();
      } else if (result.status === 'rejected') {
        options.onError(result.reason as Error);
      } else {
        late.push(...(result.value?.jobs ?? []));
        if (late.length > 0 || call.known.ready) options.onLate();
      }
    });
    const settling =
      patienceMs === undefined
        ? Promise.all(each)
        : allOrSome(
            each,
            patienceMs,
            all.every(({ asking }) => asking > 0),
          );
    await Promise.race([settling, enough.promise]);
    over = true;
    return settled;
  }
}

const NONE: ReadonlySet<number> = new Set();

interface Call {
  readonly known: Known;
  readonly wanted: number;
  readonly across: Across;
  readonly work: Promise<ShardClaim | undefined>;
}

interface Settled extends Omit<Call, 'work'> {
  readonly settled: PromiseSettledResult<ShardClaim | undefined>;
}

/** Resolves when all have, or when the time is over and, if it is to be, one has. */
async function allOrSome(work: readonly Promise<void>[], patienceMs: number, one: boolean): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const time = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patienceMs);
  });
  await Promise.race([Promise.all(work), Promise.all([time, one ? Promise.race(work) : undefined])]);
  clearTimeout(timer);
}
