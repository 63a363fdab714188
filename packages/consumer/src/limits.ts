/**
 * What a handler returns and throws ends up in Redis, so it has to be bounded: a tenant's 5 MB results
 * or an error with a whole response body in it would fill the memory that everybody's jobs live in.
 */
import { inspect } from 'node:util';

export const MAX_RESULT_BYTES = 1_048_576;
/** An outcome is kept for as long as its job may be repeated. */
export const MAX_EFFECT_BYTES = 65_536;
export const MAX_PROGRESS_BYTES = 65_536;
export const MAX_LOG_LINE = 8_192;
const MAX_MESSAGE = 8_192;
const MAX_STACK = 16_384;
const PREVIEW = 1_024;

/** What stands in for a value that is not kept. */
export interface Replaced {
  readonly truncated: true;
  readonly note: string;
  /** The beginning of its JSON, if it has one. */
  readonly preview?: string;
}

/**
 * The value, if it can be kept: `undefined` becomes null; what is too large, or has no JSON, becomes a
 * note that says so. Failing the job instead would run its effects again.
 */
export function limitValue(value: unknown, maxBytes: number): unknown {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (error) {
    return { truncated: true, note: `not kept: it has no JSON (${messageOf(error)})` } satisfies Replaced;
  }
  if (json === undefined) return null;
  // A UTF-16 unit is at most three bytes of UTF-8: most values need no count.
  if (json.length * 3 <= maxBytes) return value;
  const bytes = Buffer.byteLength(json);
  if (bytes <= maxBytes) return value;
  const note = `not kept: it has ${bytes} bytes of JSON, and at most ${maxBytes} are kept`;
  return { truncated: true, note, preview: json.slice(0, PREVIEW) } satisfies Replaced;
}

/** Shortens text with a note of how long it was. */
export function limitText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  return `${text.slice(0, maxLength)}… [truncated: ${text.length} characters in all]`;
}

/**
 * Whatever was thrown, as an Error of bounded size with a message that can be read. The thrown object
 * itself is never changed, and nothing that its getters do can fail here.
 */
export function readableError(thrown: unknown): Error {
  try {
    if (!isErrorLike(thrown)) return new Error(limitText(describe(thrown), MAX_MESSAGE));
    const message = thrown.message === '' ? thrown.name || 'Error without a message' : thrown.message;
    const stack = typeof thrown.stack === 'string' ? thrown.stack : undefined;
    const fits = message.length <= MAX_MESSAGE && (stack?.length ?? 0) <= MAX_STACK;
    if (fits && thrown instanceof Error && thrown.message !== '') return thrown;
    const error = new Error(limitText(message, MAX_MESSAGE));
    if (typeof thrown.name === 'string') error.name = thrown.name;
    if (stack !== undefined) error.stack = limitText(stack, MAX_STACK);
    return error;
  } catch (error) {
    return new Error(`The handler threw something that cannot be read (${messageOf(error)})`);
  }
}

function isErrorLike(thrown: unknown): thrown is { name: string; message: string; stack?: unknown } {
  // Not `instanceof`: an error may come from another realm, such as a vm context.
  return typeof thrown === 'object' && thrown !== null && typeof (thrown as Error).message === 'string';
}

function describe(thrown: unknown): string {
  if (typeof thrown === 'string' && thrown !== '') return thrown;
  const text = inspect(thrown, { depth: 2, maxStringLength: PREVIEW, maxArrayLength: 20, breakLength: 200 });
  return `The handler threw ${text}, which is not an Error`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? limitText(error.message.split('\n')[0] ?? '', 200) : 'unknown error';
}
