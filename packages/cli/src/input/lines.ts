import { usage } from '../failure.ts';

const NEWLINE = 0x0a;
/** Four times what a job may have. */
const MAX_LINE_BYTES = 1024 * 1024;

export interface Line {
  /** From 1, as editors count. */
  readonly number: number;
  readonly text: string;
}

/** The lines of a stream but for empty ones, in bounded memory. @throws Failure for a line above 1 MiB */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  let number = 1;
  let parts: Uint8Array[] = [];
  let bytes = 0;
  const take = (part: Uint8Array) => {
    parts.push(part);
    bytes += part.length;
    if (bytes > MAX_LINE_BYTES) {
      throw usage(`Line ${number} is longer than 1 MiB.`, 'Give one job a line, without line breaks in it.');
    }
  };
  const finish = (): Line => {
    const text = Buffer.concat(parts).toString('utf8').trim();
    parts = [];
    bytes = 0;
    return { number: number++, text };
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      take(chunk.subarray(from, end));
      const line = finish();
      if (line.text !== '') yield line;
      from = end + 1;
    }
    if (from < chunk.length) take(chunk.subarray(from));
  }
  const last = finish();
  if (last.text !== '') yield last;
}
