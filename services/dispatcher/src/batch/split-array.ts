/**
 * The items of a JSON array, while it arrives and without ever holding more than one item.
 *
 * This looks only at what separates items: strings, brackets and the commas between them. Whether an item
 * is JSON is up to JSON.parse; whatever passes here and there is a valid array.
 *
 *     before ──"["──▶ item ──","──▶ item ──"]"──▶ after
 */
import { ProblemError } from '@fairlead/http';
import { type BatchText, createGatherer } from './items.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Yields the texts of the items that end in a chunk, together. @throws ProblemError MALFORMED_JSON where the array breaks the rules */
export async function* splitArray(
  chunks: AsyncIterable<Buffer>,
  limitBytes: number,
): AsyncGenerator<BatchText[], void, undefined> {
  const item = createGatherer(limitBytes);
  let place: 'before' | 'item' | 'after' = 'before';
  let depth = 0;
  let inString = false;
  let escaped = false;
  /** Whether the item has begun: anything but white space was seen. */
  let begun = false;
  let items = 0;
  let position = 0;

  for await (const chunk of chunks) {
    const texts: BatchText[] = [];
    let from = 0;
    for (let i = 0; i < chunk.length; i++, position++) {
      const byte = chunk[i] as number;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
        continue;
      }
      if (isSpace(byte)) continue;
      if (place === 'before') {
        if (byte === BYTE_ORDER_MARK[position]) continue;
        if (byte !== OPEN_ARRAY) throw malformed('The body is not a JSON array.');
        place = 'item';
        from = i + 1;
      } else if (place === 'after') {
        throw malformed('There is text after the end of the array.');
      } else if (depth === 0 && (byte === COMMA || byte === CLOSE_ARRAY)) {
        const empty = !begun && items === 0 && byte === CLOSE_ARRAY;
        if (!begun && !empty) throw malformed(`Item ${items} is missing: there is a comma too many.`);
        item.add(chunk.subarray(from, i));
        const text = item.take();
        if (begun) {
          items++;
          texts.push(text);
        }
        begun = false;
        from = i + 1;
        if (byte === CLOSE_ARRAY) place = 'after';
      } else {
        begun = true;
        if (byte === QUOTE) inString = true;
        else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++;
        else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
          if (depth === 0) throw malformed(`Item ${items} has a bracket too many.`);
          depth--;
        }
      }
    }
    if (place === 'item') item.add(chunk.subarray(from));
    if (texts.length > 0) yield texts;
  }
  if (place === 'before') throw malformed('The body is empty.');
  if (place === 'item') throw malformed('The text ends before the end of the array.');
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function malformed(detail: string): ProblemError {
  return new ProblemError('MALFORMED_JSON', detail);
}
