import { expect, test } from '@jest/globals';
import { linesOf } from './lines.ts';

async function* chunks(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
}

async function read(...texts: string[]) {
  const lines = [];
  for await (const { number, text } of linesOf(chunks(...texts))) lines.push([number, text]);
  return lines;
}

test('lines are numbered as editors do, and empty ones are left out', async () => {
  expect(await read('a\r\n\n  \nb\n', 'c')).toEqual([
    [1, 'a'],
    [4, 'b'],
    [5, 'c'],
  ]);
  expect(await read('')).toEqual([]);
});

test('a line may be cut anywhere, also within a letter', async () => {
  const bytes = Buffer.from('"größe"\n');
  async function* single() {
    for (const byte of bytes) yield Buffer.of(byte);
  }
  const lines = [];
  for await (const line of linesOf(single())) lines.push(line.text);
  expect(lines).toEqual(['"größe"']);
});

test('a file without line breaks does not fill the memory', async () => {
  let given = 0;
  async function* endless() {
    for (;;) {
      given++;
      yield Buffer.alloc(64 * 1024, 'x');
    }
  }
  const reading = (async () => {
    for await (const _ of linesOf(endless()));
  })();
  await expect(reading).rejects.toThrow('Line 1 is longer than 1 MiB');
  expect(given).toBeLessThan(20);
});
