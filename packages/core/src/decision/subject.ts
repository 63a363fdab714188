import type { Hash } from './canonical.ts';
import type { Kind } from './decision.ts';
import { type DecisionOf, decide, type SignalsOf, type StateOf } from './engine.ts';
import type { Policy } from './policy.ts';
import {
  type DecisionRecordOf,
  isRepeat,
  type LastRecord,
  lastOf,
  type RecordContext,
  sealDecision,
} from './record.ts';
import { unchangedUntil } from './settled.ts';

/** What is kept of a subject between ticks: its state, and the end of its chain. */
export interface SubjectMemory<K extends Kind> {
  readonly state: StateOf<K>;
  readonly last: LastRecord<K> | null;
  /** What it was told last, if it will be told the same for a while. Not stored: it can be found out again. */
  readonly settled?: Settled<K>;
}

interface Settled<K extends Kind> {
  readonly signals: SignalsOf<K>;
  readonly policyHash: string;
  /** From when until when, ms. */
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly answer: Advanced<K>;
}

export interface Advanced<K extends Kind> {
  /** Of the same state and record when nothing was recorded. */
  readonly memory: SubjectMemory<K>;
  readonly decision: DecisionOf<K>;
  /** The record to store; null = a repeat of the last (or of nothing, when there is none yet), which is only counted. */
  readonly record: DecisionRecordOf<K> | null;
}

/**
 * One decision for one subject: decides, folds a repeated hold, or seals the next record of the chain.
 *
 * Signals that are frozen are taken for the same as long as they are the same object: a hold upon them is found out once,
 * and again when time may have changed it.
 */
export function advanceSubject<K extends Kind>(
  kind: K,
  memory: SubjectMemory<K>,
  policy: Policy,
  signals: SignalsOf<K>,
  now: number,
  context: Omit<RecordContext, 'previous'>,
  hash: Hash,
): Advanced<K> {
  if (memory.settled !== undefined && isSettled(memory, signals, now, context.policyHash)) {
    return memory.settled.answer;
  }
  const decided = decide(kind, policy, memory.state, signals, now);
  const { decision, nextState } = decided;
  const { last } = memory;
  // A new leader repeats the hold of the old one; under another policy it is another decision, even with that answer.
  if (last?.policyHash === context.policyHash && isRepeat(last, signals, decided)) {
    return repeated(kind, memory, policy, signals, now, context.policyHash, decision);
  }
  if (last === null && nextState === memory.state && isNothingToSay(decision.reasonCode)) {
    return repeated(kind, memory, policy, signals, now, context.policyHash, decision);
  }
  const input = { kind, state: memory.state, signals, now };
  const record = sealDecision({ ...context, previous: last }, input, decided, hash);
  return { memory: { state: nextState, last: lastOf(record) }, decision, record };
}

/**
 * Whether the answer is that of the last time, a repeat, and so need not be asked for. It looks at two objects: of 50,000
 * quiet workspaces most of the time is spent in fetching what is looked at.
 */
export function isSettled<K extends Kind>(
  { settled }: SubjectMemory<K>,
  signals: SignalsOf<K>,
  now: number,
  policyHash: string,
): boolean {
  return (
    settled !== undefined &&
    settled.signals === signals &&
    now < settled.untilMs &&
    now >= settled.sinceMs &&
    settled.policyHash === policyHash
  );
}

function repeated<K extends Kind>(
  kind: K,
  memory: SubjectMemory<K>,
  policy: Policy,
  signals: SignalsOf<K>,
  now: number,
  policyHash: string,
  decision: DecisionOf<K>,
): Advanced<K> {
  const untilMs = Object.isFrozen(signals) ? unchangedUntil(kind, policy, memory.state, signals, now) : now;
  if (untilMs <= now) return { memory, decision, record: null };
  const { state, last } = memory;
  const answer: { memory: SubjectMemory<K> } & Advanced<K> = { memory, decision, record: null };
  answer.memory = { state, last, settled: { signals, policyHash, sinceMs: now, untilMs, answer } };
  return answer;
}

/**
 * A chain is not begun to say that nothing is the matter: of 50,000 workspaces, nearly all may not be promoted and are
 * not held back, and never have been.
 */
function isNothingToSay(reasonCode: string): boolean {
  return reasonCode === 'none' || reasonCode === 'not_eligible' || reasonCode === 'feature_disabled';
}
