/** JSON from strangers: parsed, and looked over before anything else touches it. */

export type JsonResult =
  | { readonly outcome: 'parsed'; readonly value: unknown }
  | { readonly outcome: 'malformed'; readonly detail: string }
  | { readonly outcome: 'hazardous'; readonly detail: string };

/** Levels of objects and arrays, the outermost counted. */
export const MAX_DEPTH = 32;
/** Keys of all objects together. */
export const MAX_KEYS = 1_000;
/** Names that reach an object's machinery when somebody later copies or merges the data carelessly. */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Parses UTF-8 JSON. The details never repeat what was sent. */
export function parseJson(bytes: Uint8Array): JsonResult {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch (error) {
    return { outcome: 'malformed', detail: malformation(error) };
  }
  const detail = hazardOf(value);
  return detail === undefined ? { outcome: 'parsed', value } : { outcome: 'hazardous', detail };
}

/** V8 quotes the text around the error, which may be a secret: only the place is taken over. */
function malformation(error: unknown): string {
  if (!(error instanceof SyntaxError)) return 'It is not UTF-8 text.';
  const place = /\(line (\d+) column (\d+)\)/.exec(error.message);
  if (place) return `The text breaks JSON's rules at line ${place[1]}, column ${place[2]}.`;
  if (error.message.includes('end of JSON input')) return 'The text ends too early.';
  return "The text breaks JSON's rules.";
}

/** What makes a parsed value dangerous to handle, in words; undefined when nothing does. */
export function hazardOf(value: unknown): string | undefined {
  let keys = 0;
  // Bounded by MAX_DEPTH, so recursion is safe however deep the text was.
  function look(node: unknown, depth: number): string | undefined {
    if (typeof node !== 'object' || node === null) return undefined;
    if (depth > MAX_DEPTH) return `It is nested more than ${MAX_DEPTH} levels deep.`;
    if (Array.isArray(node)) {
      for (const item of node) {
        const found = look(item, depth + 1);
        if (found !== undefined) return found;
      }
      return undefined;
    }
    for (const key of Object.keys(node)) {
      if (++keys > MAX_KEYS) return `It has more than ${MAX_KEYS.toLocaleString('en')} keys.`;
      if (FORBIDDEN_KEYS.has(key))
        return `It has a key named "${key}" at level ${depth}, which is not allowed.`;
      const found = look((node as Record<string, unknown>)[key], depth + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return look(value, 1);
}
