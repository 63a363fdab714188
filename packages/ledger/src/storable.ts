import { FairleadError } from '@fairlead/core';

/**
 * What PostgreSQL cannot keep: the NUL character in any text, and in a `jsonb` also lone halves of surrogate pairs,
 * both of which JSON may write as escapes. A client's value is refused, with the reason; what a handler gave back is
 * made storable, for refusing it would only make the job run again.
 */

const NUL = '\u0000';
const REPLACEMENT = '\ufffd';
/** An escape with an odd number of backslashes before the `u`; pairs of them are a backslash that is meant. */
const UNICODE_ESCAPE = /(?<!\\)((?:\\\\)*)\\u([0-9a-fA-F]{4})/g;

/** Throws INVALID_REQUEST, naming `what`, when a text cannot be stored. */
export function assertStorableText(what: string, text: string): void {
  if (text.includes(NUL)) throw notStorable(what, 'the NUL character (\\u0000)');
  if (!text.isWellFormed()) throw notStorable(what, 'half of a surrogate pair');
}

/** The same for a JSON text. Costs a search for `\u` where there is none. */
export function assertStorableJson(what: string, json: string): void {
  assertStorableText(what, json);
  if (!json.includes('\\u')) return;
  const storable = storableJson(json);
  if (storable !== json) {
    throw notStorable(
      what,
      json.includes('\\u0000') ? 'the NUL character (\\u0000)' : 'half of a surrogate pair',
    );
  }
}

/** The text with a replacement character for each that cannot be stored. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll(NUL, REPLACEMENT);
}

/** The JSON text with `\ufffd` for each escape that cannot be stored. */
export function storableJson(json: string): string {
  const text = storableText(json);
  if (!text.includes('\\u')) return text;
  let skipLowAt = -1;
  return text.replace(UNICODE_ESCAPE, (sequence, backslashes: string, hex: string, offset: number) => {
    const end = offset + sequence.length;
    const unit = Number.parseInt(hex, 16);
    if (unit === 0) return `${backslashes}\\ufffd`;
    if (unit < 0xd800 || unit > 0xdfff) return sequence;
    const isSecondHalf = unit >= 0xdc00;
    if (isSecondHalf) return skipLowAt === offset && backslashes === '' ? sequence : `${backslashes}\\ufffd`;
    if (!/^\\u[dD][c-fC-F][0-9a-fA-F]{2}/.test(text.slice(end, end + 6))) return `${backslashes}\\ufffd`;
    skipLowAt = end;
    return sequence;
  });
}

function notStorable(what: string, has: string): FairleadError {
  return new FairleadError('INVALID_REQUEST', `${what} has ${has}, which PostgreSQL cannot store.`, {
    fix: 'Leave it out, or encode the text, for instance as base64.',
  });
}
