import { canonicalBytes, canonicalText, type Hash } from './canonical.ts';
import { type Policy, policyHash } from './policy.ts';
import { type DecisionRecord, isCanonical, whyNoRecord } from './record.ts';
import { type Difference, type Verification, verifyDecisions } from './verify.ts';

/**
 * Decisions as a file: the records with the policies they name, as one line of canonical JSON with a digest over all of
 * it. A byte that is changed anywhere is found: in a record by its hash, around the records by the digest, between the
 * values (a space, say) because the text is canonical no more.
 */
export interface DecisionLog {
  readonly about: Readonly<Record<string, string | number>>;
  readonly policies: readonly Policy[];
  readonly records: readonly DecisionRecord[];
}

/** The file's text, with a final newline. */
export function writeDecisionLog(log: DecisionLog, hash: Hash): string {
  const { about, policies, records } = log;
  const content = { about, policies, records };
  return `${canonicalText({ ...content, digest: hash(canonicalBytes(content)) })}\n`;
}

/** A file read back. Nothing in it is taken again here: that is what `verifyDecisionLog` does. */
export type ReadLog =
  | {
      readonly outcome: 'log';
      /** Its records have the outline of one; those that have not are damage. */
      readonly log: DecisionLog;
      /** By hash. */
      readonly policies: ReadonlyMap<string, Policy>;
      /** How the file is not as it was written. */
      readonly damage: readonly Difference[];
    }
  | { readonly outcome: 'malformed'; readonly why: string };

/** Reads a file, and checks its bytes and its digest. */
export function readDecisionLog(text: string, hash: Hash): ReadLog {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { outcome: 'malformed', why: 'The file is not JSON.' };
  }
  const given = value as Partial<DecisionLog> & { digest?: unknown };
  if (!Array.isArray(given?.records) || !Array.isArray(given.policies))
    return { outcome: 'malformed', why: 'The file is no decision log.' };
  const damage: Difference[] = [];
  const say = (code: Difference['code'], words: string) => damage.push({ id: '?', code, words });
  const { digest, ...content } = given;
  if (!isCanonical(value, text.endsWith('\n') ? text.slice(0, -1) : text)) {
    say('changed', 'The bytes of the file are not those that were written.');
  } else if (hash(canonicalBytes(content)) !== digest) {
    say('changed', 'The file does not have the digest that it carries.');
  }
  const records = (given.records as DecisionRecord[]).filter((record, index) => {
    const why = whyNoRecord(record);
    if (why !== null) say('malformed', `Record ${index + 1} of the file is none: ${why}.`);
    return why === null;
  });
  const policies = given.policies as Policy[];
  const log: DecisionLog = { about: given.about ?? {}, policies, records };
  try {
    const byHash = new Map(policies.map((policy) => [policyHash(policy, hash), policy]));
    return { outcome: 'log', log, policies: byHash, damage };
  } catch {
    return { outcome: 'malformed', why: 'The policies of the file cannot be read.' };
  }
}

/** Verifies a file: its bytes, its digest, and every decision in it. */
export function verifyDecisionLog(text: string, hash: Hash): Verification {
  const read = readDecisionLog(text, hash);
  if (read.outcome === 'malformed') {
    const difference: Difference = { id: '?', code: 'malformed', words: read.why };
    return { recomputed: 0, otherVersion: 0, subjects: 0, differences: [difference] };
  }
  const verified = verifyDecisions(read.log.records, read.policies, hash);
  return { ...verified, differences: [...read.damage, ...verified.differences] };
}
