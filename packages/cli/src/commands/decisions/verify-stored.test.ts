import { expect, test } from '@jest/globals';
import type { Context } from '../../context.ts';
import { openScreen } from '../../output/screen.ts';
import { verifyStored } from './verify-stored.ts';

/** A controller with so many differences on each of its pages, and a terminal that keeps what is written to it. */
function controllerWith(pages: readonly number[]) {
  const written: string[] = [];
  const asked: (string | undefined)[] = [];
  const api = {
    async verifySubjects({ body: { cursor } }: { readonly body: { readonly cursor?: string } }) {
      asked.push(cursor);
      const page = Number(cursor ?? 0);
      const differences = Array.from({ length: pages[page] ?? 0 }, (_, at) => ({ id: `${page}:${at}` }));
      const nextCursor = page + 1 < pages.length ? String(page + 1) : null;
      return { recomputed: 1_000, otherVersion: 1, subjects: 700, differences, nextCursor };
    },
  };
  const stream = { isTTY: true, write: (text: string) => written.push(text) > 0, once() {} };
  const context = {
    err: openScreen(stream, {}),
    askController: (call: (of: typeof api) => unknown) => call(api),
  };
  return { context: context as unknown as Context, written, asked };
}

test('all subjects are verified page by page, with progress on a terminal', async () => {
  const { context, written, asked } = controllerWith([0, 0, 0]);
  expect(await verifyStored(context, undefined)).toEqual({
    ...{ recomputed: 3_000, otherVersion: 3, subjects: 2_100, moreDifferences: 0, differences: [] },
  });
  expect(asked).toEqual([undefined, '1', '2']);
  expect(written.at(-2)).toContain('taken again: 3,000 decisions of 2,100 subjects');
});

test('of differences without end the first are kept, and the others counted', async () => {
  const { context } = controllerWith([3, 3, 3]);
  const { differences, moreDifferences } = await verifyStored(context, undefined, 4);
  expect(differences.map(({ id }) => id)).toEqual(['0:0', '0:1', '0:2', '1:0']);
  expect(moreDifferences).toBe(5);
});
