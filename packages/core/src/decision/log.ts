import { canonicalBytes, canonicalText, type Hash } from './canonical.ts';
import { type Policy, policyHash } from './policy.ts';
import { type DecisionRecord, isCanonical } from './record.ts';
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

/** Verifies a file: its bytes, its digest, and every decision in it. */
export function verifyDecisionLog(text: string, hash: Hash): Verification {
  const nothing = { recomputed: 0, otherVersion: 0, subjects: 0 };
  const broken = (words: string): Verification => ({
    ...nothing,
    differences: [{ id: '?', code: 'malformed', words }],
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return broken('The file is not JSON.');
  }
  const log = value as Partial<DecisionLog> & { digest?: unknown };
  if (!Array.isArray(log?.records) || !Array.isArray(log.policies))
    return broken('The file is no decision log.');
  const { digest, ...content } = log;
  const differences: Difference[] = [];
  const say = (words: string) => differences.push({ id: '?', code: 'changed', words });
  if (!isCanonical(value, text.endsWith('\n') ? text.slice(0, -1) : text)) {
    say('The bytes of the file are not those that were written.');
  } else if (hash(canonicalBytes(content)) !== digest)
    say('The file does not have the digest that it carries.');
  try {
    const policies = new Map((log.policies as Policy[]).map((policy) => [policyHash(policy, hash), policy]));
    const verified = verifyDecisions(log.records as DecisionRecord[], policies, hash);
    return { ...verified, differences: [...differences, ...verified.differences] };
  } catch {
    return broken('The policies of the file cannot be read.');
  }
}
