/**
 * A tick: reads, decides, writes, acts, in this order.
 *
 *     control_read ─▶ signals, reports, loads ─▶ decide ─▶ counts saved ─▶ decisions written ─▶ published
 *      (its clock is `now`)                      (pure)        └── both under the fence ──┘
 *
 * Nothing is acted upon that was not written. When a write is refused, or nobody knows whether it was, the term is over
 * and everything is read again. What could not be gathered is null, and the engine raises nothing on it.
 */
import { randomBytes } from 'node:crypto';
import type { DecisionRecord } from '@fairlead/core';
import type { ControlReading } from '@fairlead/ledger';
import type { PublishOutcome } from '../act/publisher.ts';
import { type AllDecided, decideAll } from '../decide/decide-all.ts';
import { type DecisionMaking, startDeciding, type TickContext } from '../decide/decision-making.ts';
import { workspaceOf } from '../decide/memory.ts';
import { followedWindow } from '../decide/promotion.ts';
import type { Counting } from '../gather/counting.ts';
import { evidenceFor } from '../gather/evidence.ts';
import { gatherTick } from './gather-tick.ts';
import { nextSlot, type Term } from './leader.ts';
import { seenOf } from './seen.ts';

export type TickOutcome =
  | {
      readonly outcome: 'done';
      readonly records: readonly DecisionRecord[];
      readonly repeats: DecisionMaking['repeats'];
    }
  /** There was a tick in this span of time already. */
  | { readonly outcome: 'repeated' }
  | { readonly outcome: 'lease_lost' | 'out_of_step' };

export async function tick(term: Term): Promise<TickOutcome> {
  const { parts, memory, fence } = term;
  const { ledger, policies, hash } = parts;
  const reading = await ledger.controlStates.read(memory.tick);
  if (reading.memories !== undefined) return { outcome: 'out_of_step' };
  const { nowMs } = reading;
  const lastTickAtMs = term.tickedAtMs;
  if (!takeSlot(term, nowMs)) return { outcome: 'repeated' };

  const phases = createPhases(parts.clock);
  const gathered = await phases.timed('gather', () => gatherTick(term, reading, lastTickAtMs));
  // With chance: traces are named after it, and other clusters with the same backend tick in the same millisecond.
  const correlationId = `tick:${nowMs}:${randomBytes(4).toString('hex')}`;
  const context: TickContext = { nowMs, epoch: fence.epoch, correlationId, hash, ...policies };
  term.isAhead = true;
  const making = startDeciding(context);
  const decided = await phases.timed('decide', async () =>
    decideAll(making, memory, context, reading, gathered, term.counting),
  );
  term.contention = decided.contention;
  term.drilledAtMs = decided.drilledAtMs;
  term.exercise = decided.exercise;

  const refused = await write(term, context, making, phases);
  if (refused !== undefined) return { outcome: refused };
  term.isAhead = false;
  followDecisions(term, reading, making.records, decided, gathered.duplicateDispatches);
  term.seen = seenOf({ memory, ...decided, policy: policies.policy.policy });
  if ((await publish(term, decided)) === 'old_epoch') return { outcome: 'lease_lost' };
  return { outcome: 'done', records: making.records, repeats: making.repeats };
}

/** False: in this span of time a tick was taken already, by whomever. */
function takeSlot(term: Term, nowMs: number): boolean {
  const { tickMs, clock } = term.parts;
  const opensAtMs = nextSlot(term.tickedAtMs, tickMs);
  const isFree = nowMs >= opensAtMs;
  if (isFree) term.tickedAtMs = nowMs;
  term.nextTickAtMs = clock() + (isFree ? nextSlot(nowMs, tickMs) : opensAtMs) - nowMs;
  return isFree;
}

/**
 * Counts and decisions side by side: whichever is stored alone does no harm. What was not saved of the counts is still in
 * the stream, and a window that is judged now is dropped from the counts after this, so it goes with the next tick's save.
 */
async function write(
  { parts, memory, counting, fence, contention, drilledAtMs, exercise, tickedAtMs }: Term,
  { correlationId, nowMs, policy, withoutPromotion }: TickContext,
  { records, repeats }: DecisionMaking,
  phases: Phases,
): Promise<'lease_lost' | 'out_of_step' | undefined> {
  const { windowCounts, decisions } = parts.ledger;
  const counts = counting.toSave({ contention, drilledAtMs, exercise, tickedAtMs });
  const named = new Set(records.map(({ policyHash }) => policyHash));
  const policies = new Map(
    [policy, withoutPromotion].filter(({ hash }) => named.has(hash)).map((each) => [each.hash, each.policy]),
  );
  const [saved, written] = await Promise.all([
    phases.timed('save_counts', () => windowCounts.save(counts, fence)),
    decisions.write({
      after: memory.tick,
      correlationId,
      fence,
      records,
      policies,
      evidence: evidenceOf(counting, records, nowMs - policy.policy.autoscale.failureWindowMs),
      startedAtMs: nowMs,
      durations: phases.durations,
      repeats: Object.values(repeats).reduce((sum, times) => sum + times, 0),
    }),
  ]);
  if (saved === 'lease_lost') return saved;
  if (written.outcome !== 'written') return written.outcome;
  memory.tick = written.tick;
  return undefined;
}

/** From here on what was decided is counted by. */
function followDecisions(
  { parts, memory, counting, features }: Term,
  { rollouts: open }: ControlReading,
  records: readonly DecisionRecord[],
  { rollouts }: AllDecided,
  duplicateDispatches: ReadonlyMap<string, number>,
): void {
  const { policy } = parts.policies.policy;
  for (const { kind, subject } of records) {
    if (kind !== 'promotion') continue;
    counting.windows.follow(subject.id, followedWindow(policy, workspaceOf(memory, policy, subject.id)));
  }
  counting.followRollouts(rollouts, duplicateDispatches);
  for (const { name, feature } of open) {
    const state = rollouts.get(name);
    // One that ended as a draft decides nothing: who had the feature before has it still.
    const isStarted = state?.shareBp !== 0 || features.get(feature)?.name === name;
    if (state && isStarted) features.set(feature, { name, shareBp: state.shareBp });
  }
}

/** What does not get through is said again within a second. */
function publish(
  { parts, publisher, memory }: Term,
  { pressures, quotas }: AllDecided,
): Promise<PublishOutcome | null> {
  const { capacity } = memory.autoscale.state;
  return parts.complaints.unlessFailing(
    'decisions reach Redis',
    publisher.publish({ capacity, pressures }, quotas),
  );
}

function evidenceOf(
  { evidence }: Counting,
  records: readonly DecisionRecord[],
  recentFromMs: number,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const record of records) {
    const jobs = evidenceFor(record, evidence, recentFromMs);
    if (jobs.length > 0) found.set(record.id, jobs);
  }
  return found;
}

/** How long each phase took, ms. */
interface Phases {
  readonly durations: Record<string, number>;
  timed<T>(phase: string, work: () => Promise<T>): Promise<T>;
}

function createPhases(clock: () => number): Phases {
  const durations: Record<string, number> = {};
  return {
    durations,
    async timed(phase, work) {
      const startedAtMs = clock();
      const value = await work();
      durations[phase] = Math.round(clock() - startedAtMs);
      return value;
    },
  };
}
