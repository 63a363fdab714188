/**
 * What may happen to a queue, as plain data, and the dice that choose it.
 *
 * An operation names jobs by id and claimed jobs by handle (`handleOf`), so that it means the same on both sides and a failing
 * sequence can be read. All durations that Redis itself counts down are whole multiples of `TICK_MS`: see
 * `snapshot.ts` for why.
 */
import type { Random } from '@fairlead/testkit';
import type { JobsOptions } from 'bullmq';

/** The grain of what expires: locks, rate limits, deduplication windows. */
export const TICK_MS = 10_000;
/** Two ticks, so that a lock lives through one of them. */
export const LOCK_MS = 2 * TICK_MS;
export const MAX_STALLED_COUNT = 2;

export interface FlowJob {
  readonly id: string;
  readonly options: JobsOptions;
  readonly children: readonly FlowJob[];
}

export type Operation =
  | { readonly kind: 'add'; readonly data: unknown; readonly options: JobsOptions }
  /** What the producer does: several jobs at once, of ids that may be there; all plain, all delayed or all prioritized. */
  | {
      readonly kind: 'produce';
      readonly jobs: readonly {
        readonly id: string;
        readonly data: unknown;
        readonly options: JobsOptions;
      }[];
    }
  | { readonly kind: 'addFlow'; readonly flow: FlowJob }
  /** A running job gives itself a child. */
  | {
      readonly kind: 'addChild';
      readonly id: string;
      readonly parentId: string;
      readonly options: JobsOptions;
    }
  | {
      readonly kind: 'addScheduler';
      readonly id: string;
      readonly everyMs: number;
      readonly options: JobsOptions;
    }
  | { readonly kind: 'removeScheduler'; readonly id: string }
  | { readonly kind: 'claim'; readonly token: string; readonly wanted: number }
  | { readonly kind: 'complete'; readonly handles: readonly string[]; readonly value: unknown }
  | { readonly kind: 'fail'; readonly handle: string; readonly message: string; readonly retry: boolean }
  | { readonly kind: 'postpone'; readonly handle: string; readonly delayMs: number }
  | { readonly kind: 'progress'; readonly handle: string; readonly value: number }
  | { readonly kind: 'log'; readonly handle: string; readonly line: string }
  | { readonly kind: 'renew'; readonly handles: readonly string[] }
  /** A lock that ran out, or that somebody else holds by now. */
  | { readonly kind: 'loseLock'; readonly id: string; readonly to: 'nobody' | 'another' }
  | { readonly kind: 'recover' }
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'globalConcurrency'; readonly max: number }
  | { readonly kind: 'globalRateLimit'; readonly max: number; readonly durationMs: number }
  | { readonly kind: 'rateLimit'; readonly durationMs: number }
  | { readonly kind: 'promote'; readonly id: string }
  | { readonly kind: 'retryFinished'; readonly id: string; readonly state: 'failed' | 'completed' }
  | { readonly kind: 'remove'; readonly id: string }
  | { readonly kind: 'changePriority'; readonly id: string; readonly priority: number }
  | { readonly kind: 'changeDelay'; readonly id: string; readonly delayMs: number }
  | { readonly kind: 'timePasses'; readonly ms: number };

/** What the dice may name: it is read from the state both sides share. */
export interface World {
  readonly step: number;
  /** Handles of claimed jobs that were not settled yet. */
  readonly held: readonly string[];
  /** Handles of settled ones: settling again must be refused alike. */
  readonly settled: readonly string[];
  readonly idsIn: (
    state: 'active' | 'delayed' | 'failed' | 'completed' | 'wait' | 'prioritized',
  ) => readonly string[];
}

/** Names the nth job of a claim. */
export function handleOf(token: string, n: number): string {
  return `${token}#${n}`;
}

/** The lock token of a claimed job. */
export function tokenOf(handle: string): string {
  return handle.slice(0, handle.indexOf('#'));
}

/** Relative odds. Claims and settlements are what is under test; the rest leads to the states they meet. */
const ODDS: readonly [Operation['kind'], number][] = [
  ['add', 26],
  ['produce', 8],
  ['addFlow', 5],
  ['addChild', 2],
  ['addScheduler', 2],
  ['removeScheduler', 1],
  ['claim', 30],
  ['complete', 18],
  ['fail', 9],
  ['postpone', 2],
  ['progress', 1],
  ['log', 1],
  ['renew', 4],
  ['loseLock', 4],
  ['recover', 5],
  ['pause', 1],
  ['resume', 2],
  ['globalConcurrency', 2],
  ['globalRateLimit', 2],
  ['rateLimit', 1],
  ['promote', 2],
  ['retryFinished', 3],
  ['remove', 3],
  ['changePriority', 2],
  ['changeDelay', 1],
  ['timePasses', 6],
];
const ODDS_SUM = ODDS.reduce((sum, [, odds]) => sum + odds, 0);
/** All kinds, for a test that all were seen. */
export const OPERATION_KINDS = ODDS.map(([kind]) => kind);
const SCHEDULERS = ['s1', 's2'];
const STALE_CHANCE = 0.06;

/** Draws the next operation. What has no object in this world (no claim to complete) becomes an add. */
export function drawOperation(random: Random, world: World): Operation {
  let roll = random.next() * ODDS_SUM;
  for (const [kind, odds] of ODDS) {
    roll -= odds;
    if (roll < 0) return build(kind, random, world) ?? add(random);
  }
  return add(random);
}

function build(kind: Operation['kind'], random: Random, world: World): Operation | undefined {
  const handle = aHandle(random, world);
  const idIn = (...states: Parameters<World['idsIn']>[0][]) => {
    const ids = states.flatMap((state) => world.idsIn(state));
    return ids.length > 0 ? random.pick(ids) : undefined;
  };
  const withHandle = (make: (handle: string) => Operation) =>
    handle === undefined ? undefined : make(handle);
  const withId = (id: string | undefined, make: (id: string) => Operation) =>
    id === undefined ? undefined : make(id);
  switch (kind) {
    case 'add':
      return add(random);
    case 'produce':
      return produce(random, world.step);
    case 'addFlow':
      return { kind, flow: flow(random, `f${world.step}`) };
    case 'addChild':
      return withId(idIn('active'), (parentId) => ({
        kind,
        id: `c${world.step}`,
        parentId,
        options: commonOptions(random),
      }));
    case 'addScheduler':
      return {
        kind,
        id: random.pick(SCHEDULERS),
        everyMs: ticks(random, 1, 3),
        options: commonOptions(random),
      };
    case 'removeScheduler':
      return { kind, id: random.pick(SCHEDULERS) };
    case 'claim':
      return { kind, token: `t${world.step}`, wanted: random.chance(0.7) ? 1 : random.integer(2, 6) };
    case 'complete':
      return withHandle((handle) => ({
        kind,
        handles: random.chance(0.7)
          ? [handle]
          : [...new Set([handle, ...random.shuffle(world.held)])].slice(0, 4),
        value: random.pick([undefined, null, 0, 'done', { n: 1 }, [1, 'é']]),
      }));
    case 'fail':
      return withHandle((handle) => ({
        kind,
        handle,
        message: `error ${world.step}`,
        retry: random.chance(0.8),
      }));
    case 'postpone':
      return withHandle((handle) => ({ kind, handle, delayMs: ticks(random, 1, 3) }));
    case 'progress':
      return withHandle((handle) => ({ kind, handle, value: random.integer(0, 100) }));
    case 'log':
      return withHandle((handle) => ({ kind, handle, line: `line ${world.step}` }));
    case 'renew':
      return world.held.length > 0 ? { kind, handles: [...world.held] } : undefined;
    case 'loseLock':
      return withId(idIn('active'), (id) => ({ kind, id, to: random.pick(['nobody', 'another']) }));
    case 'recover':
      // A stock check of an idle queue creates its `meta`; the scheduler checks busy ones only, on purpose.
      return world.idsIn('active').length > 0 ? { kind } : undefined;
    case 'pause':
    case 'resume':
      return { kind };
    case 'globalConcurrency':
      return { kind, max: random.integer(0, 3) };
    case 'globalRateLimit':
      return { kind, max: random.integer(0, 3), durationMs: ticks(random, 1, 3) };
    case 'rateLimit':
      return { kind, durationMs: ticks(random, 1, 3) };
    case 'promote':
      return withId(idIn('delayed'), (id) => ({ kind, id }));
    case 'retryFinished': {
      const state = random.pick(['failed', 'completed'] as const);
      return withId(idIn(state), (id) => ({ kind, id, state }));
    }
    case 'remove':
      return withId(idIn('wait', 'prioritized', 'delayed', 'failed', 'completed'), (id) => ({ kind, id }));
    case 'changePriority':
      return withId(idIn('wait', 'prioritized', 'delayed'), (id) => ({
        kind,
        id,
        priority: random.integer(0, 3),
      }));
    case 'changeDelay':
      return withId(idIn('delayed'), (id) => ({ kind, id, delayMs: ticks(random, 1, 4) }));
    case 'timePasses':
      return { kind, ms: ticks(random, 1, random.chance(0.2) ? 12 : 2) };
  }
}

function aHandle(random: Random, world: World): string | undefined {
  const stale = world.settled.length > 0 && random.chance(STALE_CHANCE);
  const handles = stale ? world.settled : world.held;
  return handles.length > 0 ? random.pick(handles) : undefined;
}

function ticks(random: Random, from: number, to: number): number {
  return random.integer(from, to) * TICK_MS;
}

function add(random: Random): Operation {
  return {
    kind: 'add',
    data: random.pick([{}, { n: random.integer(0, 9) }, 'text', null, { deep: { list: [1, 2, 'ü'] } }]),
    options: {
      ...commonOptions(random),
      ...place(random),
      // Few names, so that an id that is there already is added again.
      ...(random.chance(0.15) ? { jobId: `own-${random.integer(0, 5)}` } : {}),
      ...(random.chance(0.2) ? { deduplication: deduplication(random) } : {}),
    },
  };
}

function produce(random: Random, step: number): Operation {
  const place = random.pick<() => JobsOptions>([
    () => (random.chance(0.3) ? { lifo: true } : {}),
    () => (random.chance(0.3) ? { lifo: true } : {}),
    () => ({ delay: ticks(random, 1, 3) }),
    () => ({ priority: random.integer(1, 3) }),
  ]);
  return {
    kind: 'produce',
    jobs: Array.from({ length: random.integer(1, 5) }, (_, n) => ({
      id: random.chance(0.2) ? `own-${random.integer(0, 5)}` : `p${step}-${n}`,
      data: { n },
      options: {
        attempts: random.integer(1, 3),
        backoff: { type: 'exponential', delay: TICK_MS },
        ...place(),
      },
    })),
  };
}

function place(random: Random): JobsOptions {
  const roll = random.next();
  if (roll < 0.5) return {};
  if (roll < 0.65) return { priority: random.integer(1, 3) };
  if (roll < 0.85)
    return { delay: ticks(random, 1, 3), ...(random.chance(0.3) ? { priority: random.integer(1, 2) } : {}) };
  return { lifo: true };
}

function commonOptions(random: Random): JobsOptions {
  const keepCompleted = retention(random);
  const keepFailed = retention(random);
  return {
    ...(random.chance(0.6) ? { attempts: random.integer(1, 3) } : {}),
    ...(random.chance(0.5)
      ? { backoff: random.pick([0, TICK_MS, { type: 'exponential', delay: TICK_MS }]) }
      : {}),
    ...(keepCompleted === undefined ? {} : { removeOnComplete: keepCompleted }),
    ...(keepFailed === undefined ? {} : { removeOnFail: keepFailed }),
  };
}

function retention(random: Random): JobsOptions['removeOnComplete'] {
  return random.pick([
    undefined,
    undefined,
    true,
    false,
    0,
    1,
    3,
    { count: 0 },
    { count: 2 },
    { age: TICK_MS / 1_000 },
    { age: (3 * TICK_MS) / 1_000, count: 2 },
    { age: TICK_MS / 1_000, limit: 1 },
  ]);
}

function deduplication(random: Random): NonNullable<JobsOptions['deduplication']> {
  const id = random.pick(['d1', 'd2']);
  const ttl = ticks(random, 1, 3);
  return random.pick([
    { id },
    { id, ttl },
    { id, ttl, extend: true },
    { id, ttl, replace: true },
    { id, keepLastIfActive: true },
    { id, reschedule: true },
  ]);
}

function flow(random: Random, id: string, depth = 0): FlowJob {
  const children = depth === 0 ? random.integer(1, 3) : depth === 1 && random.chance(0.2) ? 1 : 0;
  return {
    id,
    options: {
      ...commonOptions(random),
      ...(random.chance(0.25) ? place(random) : {}),
      ...(depth > 0 && random.chance(0.4) ? onChildFailure(random) : {}),
    },
    children: Array.from({ length: children }, (_, n) => flow(random, `${id}-${n}`, depth + 1)),
  };
}

function onChildFailure(random: Random): JobsOptions {
  return random.pick<JobsOptions>([
    { failParentOnFailure: true },
    { ignoreDependencyOnFailure: true },
    { removeDependencyOnFailure: true },
    { continueParentOnFailure: true },
  ]);
}
