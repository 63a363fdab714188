import { FairleadError } from '@fairlead/core';
import type { AddedJob, JobToAdd, Producer } from '@fairlead/scheduler';
import { waitFor } from '@fairlead/testkit';
import { expect, test } from '@jest/globals';
import { createGatheringProducer } from './gathering-producer.ts';

/** Answers each call when it is told to. */
function heldProducer(patienceMs = 60_000) {
  const calls: { ids: string[]; confirm: () => void; fail: (error: Error) => void }[] = [];
  const producer: Producer = {
    add(jobs) {
      const { promise, resolve, reject } = Promise.withResolvers<AddedJob[]>();
      const answers = jobs.map(
        ({ id }, i): AddedJob => ({ outcome: 'added', id, state: 'waiting', position: i + 1 }),
      );
      calls.push({ ids: jobs.map(({ id }) => id), confirm: () => resolve(answers), fail: reject });
      return promise;
    },
  };
  const shardOf = (workspace: string) => Number(workspace === 'elsewhere');
  return { calls, producer: createGatheringProducer(producer, { shardOf, patienceMs }) };
}
const jobs = (...ids: string[]): JobToAdd[] =>
  ids.map((id) => ({ workspace: 'acme', id, type: 't', payload: {} }));
const elsewhere = (...ids: string[]) => jobs(...ids).map((job) => ({ ...job, workspace: 'elsewhere' }));
const idsOf = (answers: AddedJob[]) => answers.map(({ id }) => id);
const turn = () => new Promise(setImmediate);

test('a lone request goes at once, and those that come meanwhile go together', async () => {
  const { calls, producer } = heldProducer();
  const first = producer.add(jobs('a'));
  const later = [producer.add(jobs('b', 'c')), producer.add(jobs('d'))];
  expect(calls.map(({ ids }) => ids)).toEqual([['a']]);
  calls[0]?.confirm();
  expect(idsOf(await first)).toEqual(['a']);
  await turn();
  expect(calls.map(({ ids }) => ids)).toEqual([['a'], ['b', 'c', 'd']]);
  calls[1]?.confirm();
  expect((await Promise.all(later)).map(idsOf)).toEqual([['b', 'c'], ['d']]);
});

test('a shard that does not answer holds up no other', async () => {
  const { calls, producer } = heldProducer();
  const held = [producer.add(elsewhere('a')), producer.add(elsewhere('b'))];
  const other = producer.add(jobs('c'));
  const both = producer.add([...elsewhere('d'), ...jobs('e')]);
  expect(calls.map(({ ids }) => ids)).toEqual([['a'], ['c']]);
  calls[1]?.confirm();
  expect(idsOf(await other)).toEqual(['c']);
  await turn();
  expect(calls[2]?.ids).toEqual(['e']);
  calls[2]?.confirm();
  calls[0]?.confirm();
  await turn();
  expect(calls[3]?.ids).toEqual(['b', 'd']);
  calls[3]?.confirm();
  expect(idsOf(await both)).toEqual(['d', 'e']);
  await Promise.all(held);
});

test('when Redis does not confirm, all of that pipeline are told so, and the next goes on', async () => {
  const { calls, producer } = heldProducer();
  const first = producer.add(jobs('a'));
  const together = [producer.add(jobs('b')), producer.add(jobs('c'))];
  calls[0]?.confirm();
  await first;
  await turn();
  const behind = producer.add(jobs('d'));
  calls[1]?.fail(new FairleadError('REDIS_UNAVAILABLE', 'down'));
  for (const result of await Promise.allSettled(together)) {
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'REDIS_UNAVAILABLE' } });
  }
  await turn();
  calls[2]?.confirm();
  expect(idsOf(await behind)).toEqual(['d']);
});

test('a pipeline that gets no answer does not hold up the next one', async () => {
  const { calls, producer } = heldProducer(1);
  const lost = producer.add(jobs('a'));
  const behind = producer.add(jobs('b'));
  await waitFor(() => calls.length === 2, { what: 'the next one goes', everyMs: 1 });
  calls[1]?.confirm();
  expect(idsOf(await behind)).toEqual(['b']);
  calls[0]?.confirm();
  expect(idsOf(await lost)).toEqual(['a']);
});

test('a pipeline holds 1,000 jobs at most, unless one request alone has more', async () => {
  const { calls, producer } = heldProducer();
  const many = (prefix: string, count: number) =>
    jobs(...Array.from({ length: count }, (_, i) => `${prefix}${i}`));
  const sizes = [1, 600, 400, 1, 1_800, 1];
  const added = sizes.map((size, i) => producer.add(many(`${i}-`, size)));
  for (let call = 0; call < 5; call++) {
    await turn();
    calls[call]?.confirm();
  }
  expect((await Promise.all(added)).map((answers) => answers.length)).toEqual(sizes);
  expect(calls.map(({ ids }) => ids.length)).toEqual([1, 1_000, 1, 1_800, 1]);
});
