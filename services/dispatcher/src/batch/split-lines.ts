import { type BatchText, createGatherer } from './items.ts';

const NEWLINE = 0x0a;

/** The lines of NDJSON, those of a chunk together. Blank lines are no items. A line may come in any number of chunks. */
export async function* splitLines(
  chunks: AsyncIterable<Buffer>,
  limitBytes: number,
): AsyncGenerator<BatchText[], void, undefined> {
  const line = createGatherer(limitBytes);
  for await (const chunk of chunks) {
    const texts: BatchText[] = [];
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      line.add(chunk.subarray(from, end));
      from = end + 1;
      const text = line.take();
      if (!isBlank(text)) texts.push(text);
    }
    line.add(chunk.subarray(from));
    if (texts.length > 0) yield texts;
  }
  const last = line.take();
  if (!isBlank(last)) yield [last];
}

function isBlank(text: BatchText): boolean {
  return text.outcome === 'text' && text.bytes.toString('latin1').trim() === '';
}
