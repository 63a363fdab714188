import type { core } from 'zod';

/** Types and formats as a sentence that begins with "must be" names them; others are named as zod does. */
const NAMES: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  email: 'an e-mail address',
  int: 'a whole number',
  null: 'null',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'a string',
  url: 'a URL',
  uuid: 'a UUID',
};

/**
 * What is wrong with a field, in words that follow its name; for `safeParse`. Undefined: as zod says it. A message
 * that the schema brings goes before either.
 */
export function inWords(issue: core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return `is required (${issue.expected})`;
      return mustBe(issue.expected);
    case 'invalid_format':
      return mustBe(issue.format);
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'too_small':
      return bound(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum);
    case 'too_big':
      return bound(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum);
    default:
      return undefined;
  }
}

function mustBe(what: string): string | undefined {
  return NAMES[what] === undefined ? undefined : `must be ${NAMES[what]}`;
}

function bound(of: string, than: string, limit: number | bigint): string | undefined {
  const s = Number(limit) === 1 ? '' : 's';
  if (of === 'number' || of === 'int') return `must be ${than} ${limit}`;
  if (of === 'string') return `must have ${than} ${limit} character${s}`;
  if (of === 'array') return `must have ${than} ${limit} item${s}`;
  return undefined;
}
