import { WAITING_FOR_A_WINDOW, WINDOW_JUDGED } from '../promotion/reasons.ts';
import { canonicalBytes, canonicalText, type Hash, sealedText } from './canonical.ts';
import { type Decided, type Decision, KINDS, type Kind } from './decision.ts';
import { type DecisionOf, ENGINE_VERSION, type SignalsOf, type StateOf } from './engine.ts';
import { isSame } from './is-same.ts';
import type { Guardrail } from './reading.ts';

/**
 * The record of a decision: what was seen, what was remembered, what was decided, and where it stands in the chain of
 * its subject. Everything needed to take it again is in it, but the policy, which is stored by its hash.
 *
 *     promotion:acme:1 ◀──previousHash── promotion:acme:2 ◀──previousHash── promotion:acme:3
 *
 * `hash` covers every other field, `previousHash` among them. A record that is changed no longer fits its own hash; one
 * that is changed along with its hash no longer fits the next; one that is taken out leaves a gap in `seq`. The chain
 * is one per subject, not one for all: a tick over 50,000 workspaces writes in any order, and the decisions of one
 * workspace can be shown and checked without those of the others.
 *
 * How often a hold was repeated is not in the record: the repeats are folded into a count beside it (see `isRepeat`),
 * because a record that grew would be another record.
 */
export type DecisionRecordOf<K extends Kind> = DecisionOf<K> & RecordFields<K>;

/** What a record has beyond the decision. */
export interface RecordFields<K extends Kind> {
  readonly id: string;
  readonly kind: K;
  readonly subject: Subject;
  /** 1, 2, 3 … within the subject. */
  readonly seq: number;
  /** Of the leader that decided. */
  readonly epoch: number;
  readonly schemaVersion: number;
  readonly engineVersion: number;
  readonly policyHash: string;
  /** ms since the epoch: the engine's `now`. */
  readonly evaluatedAt: number;
  readonly signals: SignalsOf<K>;
  readonly stateBefore: StateOf<K>;
  readonly stateAfter: StateOf<K>;
  /** An exercise had a hand in it: a signal was injected, or one that had been was still felt. */
  readonly synthetic: boolean;
  /** The tick: shared by all decisions that it took. */
  readonly correlationId: string;
  readonly previousId: string | null;
  readonly previousHash: string | null;
  readonly hash: string;
}

export type DecisionRecord = { [K in Kind]: DecisionRecordOf<K> }[Kind];

const SUBJECT_TYPES = ['cluster', 'workspace', 'rollout'] as const;
export interface Subject {
  readonly type: (typeof SUBJECT_TYPES)[number];
  readonly id: string;
}

/** The version of the record's form. 2: the id of a decision about the cluster does not name it. */
export const SCHEMA_VERSION = 2;

/** What a decision is stored with. */
export interface RecordContext {
  readonly subject: Subject;
  readonly epoch: number;
  readonly policyHash: string;
  readonly correlationId: string;
  /** The subject's last record: its `id`, `seq` and `hash`; null = this is the first. */
  readonly previous: { readonly id: string; readonly seq: number; readonly hash: string } | null;
}

/** What was put into `decide`. */
export interface RecordInput<K extends Kind> {
  readonly kind: K;
  readonly state: StateOf<K>;
  readonly signals: SignalsOf<K>;
  readonly now: number;
}

/**
 * The id of a decision: the same for the same place in the chain, so that a tick that is repeated collides with itself.
 * Of a workspace or rollout `promotion:acme:12`; of the cluster, of which there is one, `backpressure:12`: a workspace may
 * be named anything, `cluster` too.
 */
export function decisionId(kind: Kind, subject: Subject, seq: number): string {
  return subject.type === 'cluster' ? `${kind}:${seq}` : `${kind}:${subject.id}:${seq}`;
}

/** The texts that records were sealed with: whoever stores or sends one need not write it again. */
const TEXTS = new WeakMap<object, string>();

/** The canonical text of a record: what is stored, sent and hashed (without the hash). */
export function recordText(record: DecisionRecord): string {
  return TEXTS.get(record) ?? canonicalText(record);
}

/** Makes the record of a decision that was just taken, and seals it. */
export function sealDecision<K extends Kind>(
  context: RecordContext,
  input: RecordInput<K>,
  { decision, nextState }: Decided<StateOf<K>, DecisionOf<K>>,
  hash: Hash,
): DecisionRecordOf<K> {
  const { subject, previous } = context;
  const seq = (previous?.seq ?? 0) + 1;
  // In the order of the canonical text, which then need not sort them.
  const unsealed = {
    action: decision.action,
    actuation: decision.actuation,
    correlationId: context.correlationId,
    desired: decision.desired,
    details: decision.details,
    engineVersion: ENGINE_VERSION,
    epoch: context.epoch,
    evaluatedAt: input.now,
    from: decision.from,
    guardrail: decision.guardrail,
    id: decisionId(input.kind, subject, seq),
    kind: input.kind,
    limiting: decision.limiting,
    operatorOverride: decision.operatorOverride,
    policyHash: context.policyHash,
    previousHash: previous?.hash ?? null,
    previousId: previous?.id ?? null,
    reasonCode: decision.reasonCode,
    schemaVersion: SCHEMA_VERSION,
    seq,
    signals: input.signals,
    stateAfter: nextState,
    stateBefore: input.state,
    subject,
    synthetic: input.signals.synthetic,
    target: decision.target,
    to: decision.to,
    window: decision.window,
  };
  const { sealed, text } = sealedText(unsealed, 'hash', (unhashed) => hash(ENCODER.encode(unhashed)));
  const record = { ...unsealed, hash: sealed } as unknown as DecisionRecordOf<K>;
  TEXTS.set(record, text);
  return record;
}

const ENCODER = new TextEncoder();

/** The hash that a record should have. */
export function hashOf(record: DecisionRecord, hash: Hash): string {
  const { hash: _, ...unsealed } = record;
  return hash(canonicalBytes(unsealed));
}

/**
 * Whether a new decision says nothing that the subject's last record does not say already: the same hold for the same
 * reason, with a state that did not change. Such a repeat is counted and not recorded, which keeps the chain whole:
 * the next record starts from the very state that this one ended in.
 *
 * So is the waiting for the next window after one that was judged. The judgement says when that begins, in the state that
 * it leaves, and what it found stays the last word until then; a record of the waiting would be half of all there are.
 */
export function isRepeat<K extends Kind>(
  last: LastSaid<K> | null,
  signals: SignalsOf<K>,
  { decision, nextState }: Decided<StateOf<K>, DecisionOf<K>>,
): boolean {
  if (last === null || decision.action !== 'hold' || last.action !== 'hold') return false;
  if (last.synthetic !== signals.synthetic || !isSame(last.stateAfter, nextState)) return false;
  if (!isSame(last.operatorOverride, decision.operatorOverride)) return false;
  if (last.reasonCode !== decision.reasonCode) {
    return WINDOW_JUDGED.has(last.reasonCode) && WAITING_FOR_A_WINDOW.has(decision.reasonCode);
  }
  return isSameList(last.limiting, decision.limiting) && isSameGuardrail(last.guardrail, decision.guardrail);
}

/** What of a subject's last record a repeat is told by: small enough to be kept for each of 50,000. */
export type LastSaid<K extends Kind> = Pick<RecordFields<K>, 'stateAfter' | 'synthetic'> &
  Pick<Decision<string, unknown>, 'action' | 'reasonCode' | 'limiting' | 'guardrail' | 'operatorOverride'>;

/** The end of a chain: the place where the next record goes, and what a repeat is told by. */
export type LastRecord<K extends Kind> = LastSaid<K> &
  Pick<RecordFields<K>, 'id' | 'seq' | 'hash' | 'policyHash'>;

/** What of a record is kept until the next one: without its signals, so that 100,000 fit in memory. */
export function lastOf<K extends Kind>(record: DecisionRecordOf<K>): LastRecord<K> {
  const { id, seq, hash, policyHash, stateAfter, synthetic } = record as RecordFields<K>;
  const { action, reasonCode, limiting, guardrail, operatorOverride } = record as Decision<string, unknown>;
  return {
    id,
    seq,
    hash,
    policyHash,
    stateAfter,
    synthetic,
    action,
    reasonCode,
    limiting,
    guardrail,
    operatorOverride,
  };
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((code, index) => code === b[index]));
}

function isSameGuardrail(a: Guardrail, b: Guardrail): boolean {
  return (
    a === b ||
    (a.contention === b.contention && a.failureRate === b.failureRate && a.duplicates === b.duplicates)
  );
}

/** A record out of text (a span's attribute, a line of a file), or why it is none. */
export type ParsedRecord =
  | { readonly outcome: 'record'; readonly record: DecisionRecord }
  | { readonly outcome: 'malformed'; readonly why: string };

/** Reads a record back. Its text must be canonical to the byte: anything else was not written by the engine. */
export function parseRecord(text: string): ParsedRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { outcome: 'malformed', why: 'it is not JSON' };
  }
  const why = whyNoRecord(value);
  if (why !== null) return { outcome: 'malformed', why };
  if (!isCanonical(value, text)) return { outcome: 'malformed', why: 'its bytes are not canonical' };
  return { outcome: 'record', record: value as DecisionRecord };
}

/** What is wrong with the outline of a record; null when nothing is. Its content is the business of `verify`. */
export function whyNoRecord(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return 'it is not an object';
  const record = value as Partial<Record<keyof DecisionRecord, unknown>>;
  if (!KINDS.includes(record.kind as Kind)) return 'it has no known kind';
  const subject = record.subject as Partial<Subject> | null | undefined;
  if (typeof subject?.id !== 'string' || !SUBJECT_TYPES.includes(subject.type as Subject['type'])) {
    return 'it has no subject';
  }
  if (!Number.isSafeInteger(record.seq)) return 'it has no sequence number';
  for (const key of ['signals', 'stateBefore', 'stateAfter'] as const) {
    if (typeof record[key] !== 'object' || record[key] === null) return `it has no ${key}`;
  }
  return null;
}

/** Whether text is exactly what a value's canonical form is. */
export function isCanonical(value: unknown, text: string): boolean {
  try {
    return canonicalText(value) === text;
  } catch {
    return false;
  }
}
