/** What of the configuration differs after a run: each subject before its first change against after its last. */
import type { Schemas } from '@fairlead/client';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import type { ConfigurationChange } from './packet.ts';
import { type PageQuery, pagesOf } from './pages.ts';

export type AuditEntry = Schemas['AuditEntry'];

/** What configures; the rest of the audit is about jobs. */
const CONFIGURES = /^(workspaces?|schedule|flag|key|control|rollout)\./;
/** Of when and by whom, and not of what. */
const BOOKKEEPING: ReadonlySet<string> = new Set(['version', 'updatedAt', 'actor', 'reason']);

/** Null for a key that may not read the audit. */
export async function readConfiguration(
  context: Context,
  sinceMs: number,
  untilMs: number,
): Promise<ConfigurationChange[] | null> {
  const entries: AuditEntry[] = [];
  try {
    // A page's cursor is a number in the next request.
    const ask = (query: PageQuery) => context.ask((api) => api.listAudit(query as object));
    for await (const page of pagesOf(ask)) {
      entries.push(...page.entries.filter(({ at }) => Date.parse(at) >= sinceMs && Date.parse(at) < untilMs));
      if (page.entries.some(({ at }) => Date.parse(at) < sinceMs)) break;
    }
  } catch (error) {
    if (error instanceof Failure && error.exitCode === EXIT.forbidden) return null;
    throw error;
  }
  return differenceOf(entries);
}

/** What was changed back is not in it. @param entries the newest first, as the API has them */
export function differenceOf(entries: readonly AuditEntry[]): ConfigurationChange[] {
  const configuring = entries.filter(({ action }) => CONFIGURES.test(action));
  return [...Map.groupBy(configuring, ({ subject }) => subject)]
    .map(([subject, changes]) => ({
      subject,
      fields: fieldsThatDiffer(changes.at(-1)?.before, changes[0]?.after),
      actors: [...new Set(changes.map(({ actor }) => actor))].sort(),
      changes: changes.length,
      lastAt: changes[0]?.at ?? '',
    }))
    .filter(({ fields }) => fields.length > 0)
    .sort((a, b) => (a.subject < b.subject ? -1 : 1));
}

function fieldsThatDiffer(before: unknown, after: unknown): ConfigurationChange['fields'] {
  const [was, is] = [fieldsOf(before), fieldsOf(after)];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((field) => !BOOKKEEPING.has(field))
    .sort()
    .map((field) => ({ field, before: was[field] ?? null, after: is[field] ?? null }))
    .filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after));
}

/** A change may be of one value without fields. */
function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (value === null || value === undefined) return {};
  return typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : { value };
}
