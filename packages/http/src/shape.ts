import type { core, output, ZodType } from 'zod';
import { inWords } from './issue-words.ts';
import { type FieldIssue, ProblemError } from './problem.ts';

export type ShapeResult<T> =
  | { readonly outcome: 'valid'; readonly value: T }
  | { readonly outcome: 'invalid'; readonly issues: readonly FieldIssue[] };

const MAX_ISSUES = 20;
const MAX_MESSAGE = 200;

/** Checks a value against a schema; the issues are for people and hold none of the values. */
export function checkShape<S extends ZodType>(schema: S, value: unknown): ShapeResult<output<S>> {
  const parsed = schema.safeParse(value, { error: inWords });
  if (parsed.success) return { outcome: 'valid', value: parsed.data };
  return { outcome: 'invalid', issues: parsed.error.issues.slice(0, MAX_ISSUES).map(readable) };
}

/** The same for callers that cannot go on. @throws ProblemError INVALID_REQUEST with all issues */
export function requireShape<S extends ZodType>(schema: S, value: unknown): output<S> {
  const result = checkShape(schema, value);
  if (result.outcome === 'valid') return result.value;
  throw new ProblemError('INVALID_REQUEST', sentence(result.issues), { errors: result.issues });
}

/** All issues in one line. */
export function sentence(issues: readonly FieldIssue[]): string {
  return issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
}

function readable(issue: core.$ZodIssue): FieldIssue {
  return { path: pathText(issue.path), message: issue.message.slice(0, MAX_MESSAGE) };
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('');
}
