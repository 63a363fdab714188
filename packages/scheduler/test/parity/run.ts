/**
 * Runs one seeded sequence through both sides, and says where they part.
 */
import { type Random, seeded } from '@fairlead/testkit';
import { queuePrefix } from '../../src/keys.ts';
import { drawOperation, handleOf, type Operation, type World } from './operations.ts';
import { type Answer, SHARD, type Side, WORKSPACE } from './side.ts';
import { differences, EMPTY, membersOf, type Snapshot } from './snapshot.ts';

const START_MS = 1_750_000_000_000;
/** Between two operations, so that a timestamp taken from the wrong one shows. */
const MAX_PAUSE_MS = 3;

export interface Sides {
  readonly native: Side;
  readonly ours: Side;
  /** Sets what `Date` says. */
  readonly setDate: (nowMs: number) => void;
}

export type SequenceResult =
  /** `seen`: the kinds of operations, and what they came to (`situationsOf`). */
  | { readonly outcome: 'same'; readonly seen: ReadonlySet<string> }
  | { readonly outcome: 'different'; readonly report: string };

/** Keeps what the dice may name. */
export function createWorld() {
  const held: string[] = [];
  const settled: string[] = [];
  return {
    /** Takes note of what an operation did to the claims. */
    note(operation: Operation, answer: Answer): void {
      if (operation.kind === 'claim') {
        for (let n = 0; n < jobsIn(answer); n++) held.push(handleOf(operation.token, n));
      }
      const ended =
        operation.kind === 'complete'
          ? operation.handles
          : operation.kind === 'fail' || operation.kind === 'postpone'
            ? [operation.handle]
            : [];
      for (const handle of ended) {
        const index = held.indexOf(handle);
        if (index >= 0) settled.push(...held.splice(index, 1));
      }
    },
    view(step: number, snapshot: Snapshot): World {
      const idsIn: World['idsIn'] = (state) =>
        membersOf(snapshot, `${queuePrefix(SHARD)}:${WORKSPACE}:${state}`);
      return { step, held, settled, idsIn };
    },
  };
}

/** How many jobs a claim answered. */
export function jobsIn(answer: Answer): number {
  const { jobs } = (answer ?? {}) as { jobs?: readonly unknown[] };
  return jobs?.length ?? 0;
}

/** The situations that a run must have met to prove something; see `SITUATIONS`. */
function situationsOf(operation: Operation, answer: Answer): string[] {
  const fields = (answer ?? {}) as Record<string, unknown>;
  switch (operation.kind) {
    case 'claim':
      return [
        ...(jobsIn(answer) > 1 ? ['claim of several'] : []),
        ...(Number(fields['rateLimitedMs']) > 0 ? ['claim met a rate limit'] : []),
        ...(Number(fields['dueInMs']) > 0 ? ['claim met delayed jobs'] : []),
      ];
    case 'complete':
      return (answer as readonly number[]).map((code) => `completion answered ${code}`);
    case 'fail':
      return [`failure ended ${fields['outcome']}`];
    case 'renew':
      return (answer as readonly unknown[]).length > 0 ? ['renewal of a lost lock'] : [];
    case 'recover':
      return (answer as readonly unknown[]).length > 0 ? ['recovery of jobs'] : [];
    default:
      return [];
  }
}

/** A run of some hundred sequences that misses one of these has dice that are wrong. */
export const SITUATIONS = [
  'claim of several',
  'claim met a rate limit',
  'claim met delayed jobs',
  'completion answered 0',
  'completion answered -1',
  'completion answered -2',
  'completion answered -6',
  'failure ended retrying',
  'failure ended dead',
  'failure ended lost_lock',
  'failure ended gone',
  'renewal of a lost lock',
  'recovery of jobs',
] as const;

/** What both sides begin with: an empty queue, sometimes with a short event stream, or none. */
export function startOf(random: Random): { nowMs: number; maxEvents: number | undefined } {
  return { nowMs: START_MS, maxEvents: random.pick([undefined, 5, 1_000, 0]) };
}

/** One sequence of `steps` operations; stops at the first difference in an answer or a key. */
export async function runSequence(
  { native, ours, setDate }: Sides,
  seed: number,
  steps: number,
): Promise<SequenceResult> {
  const random = seeded(seed);
  const start = startOf(random);
  let { nowMs } = start;
  setDate(nowMs);
  await Promise.all([native.reset(start.maxEvents, nowMs), ours.reset(start.maxEvents, nowMs)]);
  const world = createWorld();
  const story: string[] = [];
  const seen = new Set<string>();
  let snapshot: Snapshot = EMPTY;

  for (let step = 0; step < steps; step++) {
    const operation = drawOperation(random, world.view(step, snapshot));
    const passedMs = operation.kind === 'timePasses' ? operation.ms : 0;
    nowMs += passedMs + random.integer(0, MAX_PAUSE_MS);
    setDate(nowMs);
    seen.add(operation.kind);
    story.push(`  ${step} +${nowMs - START_MS} ms: ${JSON.stringify(operation)}`);

    const [expected, found] = await Promise.all([
      native.perform(operation, nowMs),
      ours.perform(operation, nowMs),
    ]);
    const [nativeState, ourState] = await Promise.all([native.snapshot(passedMs), ours.snapshot(passedMs)]);
    snapshot = nativeState;
    world.note(operation, expected);
    for (const situation of situationsOf(operation, expected)) seen.add(situation);

    const lines = differences(nativeState, ourState);
    if (!sameAnswer(expected, found)) {
      lines.unshift(`answer\n    native ${JSON.stringify(expected)}\n    ours   ${JSON.stringify(found)}`);
    }
    if (lines.length > 0) {
      const report = [`seed ${seed}, after step ${step}:`, ...story, 'differences:', ...lines].join('\n');
      return { outcome: 'different', report };
    }
  }
  return { outcome: 'same', seen };
}

function sameAnswer(expected: Answer, found: Answer): boolean {
  return JSON.stringify(expected) === JSON.stringify(found);
}
