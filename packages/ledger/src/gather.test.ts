import { FairleadError } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import { createGather, type GatherOptions } from './gather.ts';

interface Sent {
  readonly items: readonly number[];
  readonly answer: () => void;
  readonly refuse: (error: unknown) => void;
}

/** A gather whose batches are answered by hand, or as they come. */
function gatherer(options: Partial<GatherOptions<number, string>> = {}) {
  const sent: Sent[] = [];
  const gather = createGather<number, string>({
    send: (items) => {
      const { promise, resolve, reject } = Promise.withResolvers<string[]>();
      sent.push({ items, answer: () => resolve(items.map((item) => `a${item}`)), refuse: reject });
      return promise;
    },
    bytesOf: () => 1,
    maxRows: 4,
    maxBytes: 1_000,
    waitMs: 1,
    maxUnderWay: 1,
    deadlineMs: 60_000,
    ...options,
  });
  return { gather, sent };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
async function sentAt(sent: Sent[], index: number): Promise<Sent> {
  while (sent[index] === undefined) await turn();
  return sent[index];
}

test('calls of one turn share a batch, and each gets its own answers', async () => {
  const { gather, sent } = gatherer();
  const calls = [gather([1]), gather([2, 3]), gather([])];
  (await sentAt(sent, 0)).answer();
  expect(await Promise.all(calls)).toEqual([['a1'], ['a2', 'a3'], []]);
  expect(sent.map(({ items }) => items)).toEqual([[1, 2, 3]]);
});

test('who comes while a batch is under way leaves together with the next one', async () => {
  const { gather, sent } = gatherer();
  const first = gather([1]);
  const batch = await sentAt(sent, 0);
  const others = [gather([2]), gather([3])];
  await turn();
  expect(sent).toHaveLength(1);
  batch.answer();
  (await sentAt(sent, 1)).answer();
  expect(await Promise.all([first, ...others])).toEqual([['a1'], ['a2'], ['a3']]);
  expect(sent[1]?.items).toEqual([2, 3]);
});

test('a second batch leaves beside a slow first one', async () => {
  const { gather, sent } = gatherer({ maxUnderWay: 2 });
  const calls = [gather([1])];
  const slow = await sentAt(sent, 0);
  calls.push(gather([2]));
  (await sentAt(sent, 1)).answer();
  expect(await calls[1]).toEqual(['a2']);
  slow.answer();
  expect(await calls[0]).toEqual(['a1']);
});

test('no batch is larger than its bounds, and a call is split only when it is larger than one', async () => {
  const { gather, sent } = gatherer({ maxUnderWay: 10 });
  const calls = [gather([1, 2, 3]), gather([4, 5]), gather([6, 7, 8, 9, 10, 11])];
  for (let index = 0; index < 4; index++) (await sentAt(sent, index)).answer();
  expect((await Promise.all(calls)).flat()).toEqual(Array.from({ length: 11 }, (_, i) => `a${i + 1}`));
  expect(sent.map(({ items }) => items)).toEqual([
    [1, 2, 3],
    [4, 5],
    [6, 7, 8, 9],
    [10, 11],
  ]);
});

test('bytes bound a batch too, and an item larger than the bound goes alone', async () => {
  const { gather, sent } = gatherer({ bytesOf: (item) => item, maxBytes: 10, maxUnderWay: 10 });
  const calls = [gather([6]), gather([5]), gather([50])];
  for (let index = 0; index < 3; index++) (await sentAt(sent, index)).answer();
  await Promise.all(calls);
  expect(sent.map(({ items }) => items)).toEqual([[6], [5], [50]]);
});

test('a refused value rejects its own call only', async () => {
  const refused = new FairleadError('INVALID_REQUEST', '3 is refused');
  const { gather } = gatherer({
    send: async (items) => {
      if (items.includes(3)) throw refused;
      return items.map(String);
    },
    maxRows: 100,
  });
  const answers = await Promise.allSettled([1, 2, 3, 4, 5].map((item) => gather([item])));
  expect(answers.map((answer) => (answer.status === 'fulfilled' ? answer.value[0] : answer.reason))).toEqual([
    '1',
    '2',
    refused,
    '4',
    '5',
  ]);
});

test('an outage rejects the calls of its batch and no others', async () => {
  const outage = new FairleadError('LEDGER_UNAVAILABLE', 'gone');
  const { gather, sent } = gatherer();
  const calls = [gather([1]), gather([2])].map((call) => call.catch((error: unknown) => error));
  const batch = await sentAt(sent, 0);
  const later = gather([3]);
  batch.refuse(outage);
  expect(await Promise.all(calls)).toEqual([outage, outage]);
  (await sentAt(sent, 1)).answer();
  expect(await later).toEqual(['a3']);
});

test('at the deadline a call is rejected, whether it has left or not, and one that has not is never sent', async () => {
  const { gather, sent } = gatherer({ deadlineMs: 500 });
  const left = gather([1]);
  const batch = await sentAt(sent, 0);
  const waiting = gather([2]);
  await expect(left).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
  await expect(waiting).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
  batch.answer();
  const next = gather([3]);
  (await sentAt(sent, 1)).answer();
  expect(await next).toEqual(['a3']);
  expect(sent.map(({ items }) => items)).toEqual([[1], [3]]);
});
