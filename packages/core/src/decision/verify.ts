import { canonicalText, type Hash } from './canonical.ts';
import { decide, ENGINE_VERSION } from './engine.ts';
import type { Policy } from './policy.ts';
import { policyHash } from './policy.ts';
import {
  type DecisionRecord,
  hashOf,
  type RecordContext,
  SCHEMA_VERSION,
  sealDecision,
  whyNoRecord,
} from './record.ts';

/** Something that does not hold, and where. */
export interface Difference {
  readonly id: string;
  readonly code: /** It is no record, or it cannot be taken again. */
    | 'malformed'
    /** It does not fit its own hash. */
    | 'changed'
    /** Records before it are missing, or it does not follow from the one before. */
    | 'gap'
    /** Its state is not the one that the record before ended in. */
    | 'state_broken'
    /** Its policy is not at hand, or the policy at hand does not have that hash. */
    | 'unknown_policy'
    /** Taken again, the decision is another. */
    | 'recomputed_differently';
  readonly words: string;
}

export interface Verification {
  /** Records that were taken again. */
  readonly recomputed: number;
  /** Records of another engine or form, which this engine cannot take again; their chain was checked. */
  readonly otherVersion: number;
  readonly subjects: number;
  readonly differences: readonly Difference[];
}

/**
 * Takes every decision again from the signals and state that it recorded, byte for byte, and checks each subject's
 * chain. The order of the records does not matter.
 *
 * A chain may begin in the middle (an export of one day): the first record given is believed about what came before it.
 * That its last records were cut off can only be seen from outside: compare the last hash with the one that is stored.
 *
 * @param policies every policy that the records name, by hash
 */
export function verifyDecisions(
  records: readonly DecisionRecord[],
  policies: ReadonlyMap<string, Policy>,
  hash: Hash,
): Verification {
  const differences: Difference[] = [];
  const chains = new Map<string, DecisionRecord[]>();
  for (const record of records) {
    const why = whyNoRecord(record);
    if (why === null) gather(chains, record);
    else differences.push({ id: '?', code: 'malformed', words: `This is no decision record: ${why}.` });
  }
  const trusted = trustedPolicies(policies, hash);
  let recomputed = 0;
  let otherVersion = 0;
  for (const chain of chains.values()) {
    chain.sort((a, b) => a.seq - b.seq);
    let previous: DecisionRecord | null = null;
    for (const record of chain) {
      const isIntact = attempt(() => hashOf(record, hash)) === record.hash;
      differences.push(...checkLink(record, previous, isIntact));
      if (record.engineVersion === ENGINE_VERSION && record.schemaVersion === SCHEMA_VERSION) {
        const difference = takeAgain(record, isIntact, trusted.get(record.policyHash), hash);
        if (difference) differences.push(difference);
        recomputed += 1;
      } else otherVersion += 1;
      previous = record;
    }
  }
  return { recomputed, otherVersion, subjects: chains.size, differences };
}

function gather(chains: Map<string, DecisionRecord[]>, record: DecisionRecord): void {
  const key = `${record.kind}\n${record.subject.type}\n${record.subject.id}`;
  const chain = chains.get(key);
  if (chain) chain.push(record);
  else chains.set(key, [record]);
}

function trustedPolicies(policies: ReadonlyMap<string, Policy>, hash: Hash): ReadonlyMap<string, Policy> {
  return new Map([...policies].filter(([name, policy]) => policyHash(policy, hash) === name));
}

function checkLink(record: DecisionRecord, previous: DecisionRecord | null, isIntact: boolean): Difference[] {
  const found: Difference[] = [];
  const say = (code: Difference['code'], words: string) => found.push({ id: record.id, code, words });
  if (!isIntact) {
    say('changed', 'The record does not have the hash that it carries: it was changed after it was written.');
  }
  if (previous === null) {
    if (record.seq === 1 && (record.previousId !== null || record.previousHash !== null)) {
      say('gap', 'The first record of the subject says that there was one before it.');
    }
    return found;
  }
  if (record.seq !== previous.seq + 1) {
    say('gap', `Record ${record.seq} comes after record ${previous.seq}: what was between them is missing.`);
  } else if (record.previousId !== previous.id || record.previousHash !== previous.hash) {
    say('gap', `Record ${record.seq} was not written after the record ${previous.seq} that is here.`);
  }
  if (record.seq === previous.seq + 1 && !sameText(previous.stateAfter, record.stateBefore)) {
    say(
      'state_broken',
      `Record ${record.seq} does not start from the state that record ${previous.seq} ended in.`,
    );
  }
  if (record.epoch < previous.epoch)
    say('gap', `Record ${record.seq} is of an older leader than the one before it.`);
  return found;
}

function takeAgain(
  record: DecisionRecord,
  isIntact: boolean,
  policy: Policy | undefined,
  hash: Hash,
): Difference | null {
  const { id } = record;
  if (!policy) {
    return {
      id,
      code: 'unknown_policy',
      words: `Its policy ${record.policyHash} is not here, or was changed.`,
    };
  }
  const again = attempt(() => recompute(record, policy, hash));
  if (again === null)
    return { id, code: 'malformed', words: 'Its signals or state are not of the form they should be.' };
  // The same hash over the same bytes; only where it is another is it worth finding out what differs.
  if (isIntact && again.hash === record.hash) return null;
  const where = firstDifference(again, record, '');
  if (where === null) return null;
  return { id, code: 'recomputed_differently', words: `Taken again, it differs at ${where}.` };
}

/** The record that the engine writes for the same input at the same place of the chain. */
export function recompute(record: DecisionRecord, policy: Policy, hash: Hash): DecisionRecord {
  const { kind, stateBefore, signals, evaluatedAt } = record;
  const context: RecordContext = {
    subject: record.subject,
    epoch: record.epoch,
    policyHash: record.policyHash,
    correlationId: record.correlationId,
    previous:
      record.previousId === null || record.previousHash === null
        ? null
        : { id: record.previousId, seq: record.seq - 1, hash: record.previousHash },
  };
  const input = { kind, state: stateBefore, signals, now: evaluatedAt };
  return sealDecision(
    context,
    input,
    decide(kind, policy, stateBefore, signals, evaluatedAt),
    hash,
  ) as DecisionRecord;
}

/** The path of the first value in which two differ, and both. The hash differs whenever anything does: it comes last. */
function firstDifference(expected: unknown, found: unknown, path: string): string | null {
  if (sameText(expected, found)) return null;
  const isNode = (value: unknown): value is Readonly<Record<string, unknown>> =>
    typeof value === 'object' && value !== null;
  if (!isNode(expected) || !isNode(found)) {
    return `${path === '' ? '/' : path}: ${textOf(found)} is recorded, ${textOf(expected)} follows`;
  }
  const keys = [...new Set([...Object.keys(expected), ...Object.keys(found)])].sort();
  for (const key of keys.filter((name) => name !== 'hash')) {
    const inside = firstDifference(expected[key], found[key], `${path}/${key}`);
    if (inside !== null) return inside;
  }
  return `${path}/hash`;
}

function sameText(a: unknown, b: unknown): boolean {
  return a === b || textOf(a) === textOf(b);
}

function textOf(value: unknown): string {
  return attempt(() => canonicalText(value)) ?? 'nothing';
}

function attempt<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}
