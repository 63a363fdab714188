import { storableJson, storableText } from '../storable.ts';

const MAX_RESULT_CHARS = 256 * 1024;
const MAX_ERROR_CHARS = 8 * 1024;
const HEAD_CHARS = 1_024;

/**
 * What is kept of a result: all of it up to 256 Ki characters of JSON, and of a larger one a note with its beginning.
 * A result is never a reason to refuse a finish: the job would run again, and give it again.
 */
export function storedResult(resultJson: string): string {
  if (resultJson.length <= MAX_RESULT_CHARS) return storableJson(resultJson);
  const head = storableText(resultJson.slice(0, HEAD_CHARS));
  return JSON.stringify({ truncated: true, chars: resultJson.length, head });
}

/** The same for the text of an error, up to 8 Ki characters. */
export function storedError(error: string): string {
  if (error.length <= MAX_ERROR_CHARS) return storableText(error);
  return `${storableText(error.slice(0, MAX_ERROR_CHARS))}… (${error.length} characters in all)`;
}

/** In the place of a result that PostgreSQL refused. */
export function unstorableResult(reason: string): string {
  return JSON.stringify({ unstorable: true, reason: storableText(reason) });
}
