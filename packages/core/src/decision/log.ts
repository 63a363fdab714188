import { canonicalBytes, canonicalText, type Hash } from './canonical.ts';
import { type Policy, policyHash } from './policy.ts';
import { type DecisionRecord, isCanonical, parseRecord, whyNoRecord } from './record.ts';
import { RECORD_ATTRIBUTE, recordTextsIn } from './traced-records.ts';
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

/**
 * Reads a file, and checks its bytes and its digest. It may also be records alone, a canonical one a line, or spans that
 * carry them, as a backend exports traces (see traced-records.ts): those have no digest, and name policies that are not
 * in the file.
 *
 * @param atHand policies for records alone
 */
export function readDecisionLog(text: string, hash: Hash, atHand: readonly Policy[] = []): ReadLog {
  const { value, error } = parsed(text);
  const given = value as (Partial<DecisionLog> & { digest?: unknown }) | null | undefined;
  if (Array.isArray(given?.records) && Array.isArray(given.policies)) return readWhole(text, given, hash);
  const read = readLines(linesOf(text, value));
  if (read.records.length > 0)
    return withPolicies({ ...read, about: {}, policies: atHand }, read.damage, hash);
  return { outcome: 'malformed', why: error ?? 'The file is no decision log.' };
}

function parsed(text: string): { readonly value?: unknown; readonly error?: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { error: `The file is not JSON: ${(error as Error).message}.` };
  }
}

function readWhole(text: string, given: Partial<DecisionLog> & { digest?: unknown }, hash: Hash): ReadLog {
  const damage: Difference[] = [];
  const say = (code: Difference['code'], words: string) => damage.push({ id: '?', code, words });
  const { digest, ...content } = given;
  if (!isCanonical(given, text.endsWith('\n') ? text.slice(0, -1) : text)) {
    say('changed', 'The bytes of the file are not those that were written.');
  } else if (hash(canonicalBytes(content)) !== digest) {
    say('changed', 'The file does not have the digest that it carries.');
  }
  const records = (given.records as DecisionRecord[]).filter((record, index) => {
    const why = whyNoRecord(record);
    if (why !== null) say('malformed', `Record ${index + 1} of the file is none: ${why}.`);
    return why === null;
  });
  return withPolicies(
    { about: given.about ?? {}, policies: given.policies as Policy[], records },
    damage,
    hash,
  );
}

/** Records a line each, taken out of their spans. */
function linesOf(text: string, value: unknown): readonly string[] {
  const traced = recordTextsIn(value);
  if (traced.length > 0) return traced;
  // A document of spans a line, as the file exporter of OpenTelemetry's collector has it.
  return text.split('\n').flatMap((line) => {
    const found = line.includes(RECORD_ATTRIBUTE) ? recordTextsIn(parsed(line).value) : [];
    return found.length > 0 ? found : [line];
  });
}

/** A line that is there twice is one: who exports a trace tries again when in doubt. */
function readLines(lines: readonly string[]): {
  readonly records: DecisionRecord[];
  readonly damage: Difference[];
} {
  const records: DecisionRecord[] = [];
  const damage: Difference[] = [];
  const seen = new Set<string>();
  lines.forEach((line, index) => {
    if (line === '' || seen.has(line)) return;
    seen.add(line);
    const read = parseRecord(line);
    if (read.outcome === 'record') records.push(read.record);
    else damage.push({ id: '?', code: 'malformed', words: `Line ${index + 1} is no record: ${read.why}.` });
  });
  return { records, damage };
}

function withPolicies(
  { about, policies, records }: DecisionLog,
  damage: readonly Difference[],
  hash: Hash,
): ReadLog {
  const log = { about, policies, records };
  try {
    const byHash = new Map(policies.map((policy) => [policyHash(policy, hash), policy]));
    return { outcome: 'log', log, policies: byHash, damage };
  } catch {
    return { outcome: 'malformed', why: 'The policies of the file cannot be read.' };
  }
}

/** Verifies a file: its bytes, its digest, and every decision in it. */
export function verifyDecisionLog(text: string, hash: Hash, atHand: readonly Policy[] = []): Verification {
  const read = readDecisionLog(text, hash, atHand);
  if (read.outcome === 'malformed') {
    const difference: Difference = { id: '?', code: 'malformed', words: read.why };
    return { recomputed: 0, otherVersion: 0, subjects: 0, differences: [difference] };
  }
  const verified = verifyDecisions(read.log.records, read.policies, hash);
  return { ...verified, differences: [...read.damage, ...verified.differences] };
}
