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
  return writing(value, () => write(value));
}

/**
 * The canonical text of an object with one more member, whose value follows from the text without it: a hash of itself.
 * The text is made once for both.
 */
export function sealedText(
  object: object,
  key: string,
  seal: (text: string) => string,
): { readonly sealed: string; readonly text: string } {
  return writing(object, () => {
    const keys = sortedKeys(object);
    const at = keys.findIndex((other) => other > key);
    const split = at < 0 ? keys.length : at;
    const before = writeMembers(object, keys, 0, split);
    const after = writeMembers(object, keys, split, keys.length);
    const joined = (...parts: readonly string[]) => `{${parts.filter((part) => part !== '').join(',')}}`;
    const sealed = seal(joined(before, after));
    return { sealed, text: joined(before, `${quoted(key)}${write(sealed)}`, after) };
  });
}

/** The UTF-8 bytes of the canonical text: what is hashed. */
export function canonicalBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(canonicalText(value));
}

/** Gives the lower-case hex digest of bytes. Core has no cryptography of its own; callers hand in SHA-256. */
export type Hash = (bytes: Uint8Array) => string;

/** Where something stands is only found out when it cannot be written: paths would cost more than the text. */
function writing<T>(value: unknown, work: () => T): T {
  try {
    return work();
  } catch (error) {
    refuseIn(value, '');
    throw error;
  }
}

function write(value: unknown): string {
  switch (typeof value) {
    case 'number':
      if (!Number.isSafeInteger(value)) throw new RangeError(String(value));
      // `String(-0)` is '0' already.
      return String(value);
    case 'string':
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? writeArray(value) : writeObject(value);
    default:
      throw new TypeError(typeof value);
  }
}

function writeArray(values: readonly unknown[]): string {
  let text = '';
  for (let i = 0; i < values.length; i++) text += i === 0 ? write(values[i]) : `,${write(values[i])}`;
  return `[${text}]`;
}

function writeObject(object: object): string {
  const keys = sortedKeys(object);
  return `{${writeMembers(object, keys, 0, keys.length)}}`;
}

function writeMembers(object: object, keys: readonly string[], from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; i++) {
    const key = keys[i] as string;
    const member = `${quoted(key)}${write((object as Readonly<Record<string, unknown>>)[key])}`;
    text += i === from ? member : `,${member}`;
  }
  return text;
}

/** Nearly all are in order as they are made, and to see that is cheaper than to sort. */
function sortedKeys(object: object): readonly string[] {
  const keys = Object.keys(object);
  for (let i = 1; i < keys.length; i++) if ((keys[i - 1] as string) > (keys[i] as string)) return keys.sort();
  return keys;
}

/** The same hundred names in every record. */
const QUOTED = new Map<string, string>();
const MAX_QUOTED = 1_000;

function quoted(key: string): string {
  const known = QUOTED.get(key);
  if (known !== undefined) return known;
  const text = `${JSON.stringify(key)}:`;
  if (QUOTED.size < MAX_QUOTED) QUOTED.set(key, text);
  return text;
}

function refuseIn(value: unknown, path: string): void {
  if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) refuseIn(member, `${path}/${key}`);
  } else if (typeof value === 'number' ? !Number.isSafeInteger(value) : !WRITABLE.has(typeof value)) {
    const what = typeof value === 'number' ? String(value) : typeof value;
    throw new FairleadError('INTERNAL', `A decision cannot hold ${what} (at ${path === '' ? '/' : path}).`, {
      fix: 'Give whole numbers: milliseconds, counts or basis points, and null for what is not known.',
    });
  }
}

const WRITABLE: ReadonlySet<string> = new Set(['string', 'boolean', 'object']);
