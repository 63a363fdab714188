import { FairleadError } from '../faults.ts';

/**
 * One value, one text: keys sorted by code unit, no spaces, integers only. It is the part of RFC 8785 (JCS) that
 * needs no number formatting, because nothing the engine records is a fraction: ratios are basis points or pairs of
 * counts, times are milliseconds. What two machines, two languages and two years make of the same decision is then
 * the same bytes, and the hash of them means something.
 *
 * `-0` is written `0`. NaN, infinities, fractions, integers past 2^53, `undefined` and functions are refused: each of
 * them would come back from JSON as something else.
 *
 * @throws FairleadError INTERNAL naming the path of what cannot be written
 */
export function canonicalText(value: unknown): string {
  return write(value, '');
}

/** The UTF-8 bytes of the canonical text: what is hashed. */
export function canonicalBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(canonicalText(value));
}

/** Gives the lower-case hex digest of bytes. Core has no cryptography of its own; callers hand in SHA-256. */
export type Hash = (bytes: Uint8Array) => string;

function write(value: unknown, path: string): string {
  switch (typeof value) {
    case 'number':
      if (!Number.isSafeInteger(value)) refuse(String(value), path);
      // `String(-0)` is '0' already.
      return String(value);
    case 'string':
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? writeArray(value, path) : writeObject(value, path);
    default:
      return refuse(typeof value, path);
  }
}

function writeArray(values: readonly unknown[], path: string): string {
  return `[${values.map((value, index) => write(value, `${path}/${index}`)).join(',')}]`;
}

function writeObject(object: object, path: string): string {
  const members = object as Readonly<Record<string, unknown>>;
  const keys = Object.keys(members).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${write(members[key], `${path}/${key}`)}`).join(',')}}`;
}

function refuse(what: string, path: string): never {
  throw new FairleadError('INTERNAL', `A decision cannot hold ${what} (at ${path === '' ? '/' : path}).`, {
    fix: 'Give whole numbers: milliseconds, counts or basis points, and null for what is not known.',
  });
}
