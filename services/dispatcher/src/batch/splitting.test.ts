import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { BatchText } from './items.ts';
import { splitArray } from './split-array.ts';
import { splitLines } from './split-lines.ts';

const LIMIT = 1_000;

/** The text in chunks that end at these places. */
async function* inChunks(text: string | Buffer, cuts: readonly number[] = []): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  let from = 0;
  for (const cut of [...cuts, bytes.length].sort((a, b) => a - b)) {
    if (cut > bytes.length) continue;
    yield bytes.subarray(from, cut);
    from = Math.max(from, cut);
  }
}

async function gather(texts: AsyncIterable<readonly BatchText[]>): Promise<string[]> {
  const all: string[] = [];
  for await (const together of texts) {
    for (const text of together) all.push(text.outcome === 'text' ? text.bytes.toString() : '<too large>');
  }
  return all;
}
const fromArray = (text: string | Buffer, cuts?: readonly number[]) =>
  gather(splitArray(inChunks(text, cuts), LIMIT));
const fromLines = (text: string, cuts?: readonly number[]) => gather(splitLines(inChunks(text, cuts), LIMIT));

const cuts = fc.array(fc.nat(2_000), { maxLength: 20 });
const layout = fc.constantFrom(undefined, 1, 2, '\t');

test('any JSON array gives its items, however it is laid out and cut into chunks', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 8 }), layout, cuts, async (items, space, at) => {
      const texts = await gather(
        splitArray(inChunks(JSON.stringify(items, undefined, space), at), 1_000_000),
      );
      expect(texts.map((text) => JSON.parse(text))).toEqual(JSON.parse(JSON.stringify(items)));
    }),
    { numRuns: 300 },
  );
});

test('whatever JSON.parse takes for an array is split, and what it does not is refused here or item by item', async () => {
  const scraps = fc.array(fc.constantFrom('[', ']', '{', '}', ',', '"', '\\', '1', ' ', ':', '"a"', 'null'), {
    maxLength: 14,
  });
  await fc.assert(
    fc.asyncProperty(scraps, cuts, async (parts, at) => {
      const text = parts.join('');
      const whole = attempt(() => JSON.parse(text) as unknown);
      const items = await fromArray(text, at).then(
        (texts) => attempt(() => texts.map((item) => JSON.parse(item) as unknown)),
        () => undefined,
      );
      if (Array.isArray(whole)) expect(items).toEqual(whole);
      else expect(items).toBeUndefined();
    }),
    { numRuns: 3_000 },
  );
});

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

test('any lines are given, blank ones left out, however they are cut', async () => {
  const line = fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.replaceAll('\n', ''));
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 8 }),
      fc.constantFrom('\n', '\n\n'),
      cuts,
      async (lines, end, at) => {
        const text = lines.join(end);
        const expected = Buffer.from(text)
          .toString()
          .split('\n')
          .filter((one) => Buffer.from(one).toString('latin1').trim() !== '');
        expect(await fromLines(text, at)).toEqual(expected);
      },
    ),
    { numRuns: 300 },
  );
});

test('an item that is too large is passed over, and the next is read', async () => {
  const big = JSON.stringify('x'.repeat(LIMIT));
  expect(await fromArray(`[1,${big},2]`, [3, 500, 900])).toEqual(['1', '<too large>', '2']);
  expect(await fromLines(`1\n${big}\n2\n${big}`, [3, 500, 900])).toEqual([
    '1',
    '<too large>',
    '2',
    '<too large>',
  ]);
  const fits = JSON.stringify('x'.repeat(LIMIT - 2));
  expect(await fromArray(`[${fits}]`)).toEqual([fits]);
});

test.each([
  ['', 'empty'],
  ['  ', 'empty'],
  ['{}', 'not a JSON array'],
  ['[1', 'before the end'],
  ['["a', 'before the end'],
  ['[1]x', 'after the end'],
  ['[1][2]', 'after the end'],
  ['[1,]', 'comma too many'],
  ['[,1]', 'comma too many'],
  ['[1,,2]', 'comma too many'],
  ['[}]', 'bracket too many'],
])('%j is refused: %s', async (text, reason) => {
  await expect(fromArray(text)).rejects.toMatchObject({
    code: 'MALFORMED_JSON',
    message: expect.stringContaining(reason),
  });
});

test('a byte order mark and white space around it do not matter', async () => {
  expect(await fromArray('\ufeff \r\n [ 1 ,\t2 ] \n')).toEqual([' 1 ', '\t2 ']);
  expect(await fromArray(' [ ] ')).toEqual([]);
});
