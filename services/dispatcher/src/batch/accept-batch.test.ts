import { FairleadError } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import type { Acceptance, Intake } from '../intake.ts';
import { acceptBatch, type BatchRules } from './accept-batch.ts';
import type { BatchText } from './items.ts';

const RULES: BatchRules = {
  maxItems: 20,
  lookAheadBytes: 400,
  chunk: 3,
  itemsStandAlone: false,
  isThere: () => true,
  keys: 'optional',
};
const DOWN = new FairleadError('REDIS_UNAVAILABLE', 'down');

/** Accepts everything until it is told to fail; remembers how many came at once. */
function fakeIntake(failAtCall = Number.POSITIVE_INFINITY) {
  const chunks: number[] = [];
  const intake: Intake = {
    async accept(jobs) {
      if (chunks.length + 1 >= failAtCall) throw DOWN;
      chunks.push(jobs.length);
      return jobs.map(
        (job, i): Acceptance => ({
          outcome: 'accepted',
          id: `${job.workspace}-${i}`,
          state: 'waiting',
          position: i,
        }),
      );
    },
  };
  return { intake, chunks };
}

const good = '{"workspace":"acme","type":"t"}';
const text = (bytes: string): BatchText => ({ outcome: 'text', bytes: Buffer.from(bytes) });

async function* texts(...items: (string | Error)[]): AsyncGenerator<BatchText[]> {
  for (const item of items) {
    if (item instanceof Error) throw item;
    yield [item === 'too large' ? { outcome: 'too_large' } : text(item)];
  }
}

function run(items: (string | Error)[], intake: Intake, rules: Partial<BatchRules> = {}) {
  const rejected: string[] = [];
  const answer = acceptBatch(
    texts(...items),
    intake,
    { rejected: (code) => void rejected.push(code) },
    { ...RULES, ...rules },
  ).then((accepted) => accepted.answer);
  return { answer, rejected };
}
const many = (count: number) => Array.from({ length: count }, () => good);

test('each item has its result in its place, and the good ones go on in chunks', async () => {
  const { intake, chunks } = fakeIntake();
  const { answer, rejected } = run(
    [
      good,
      '{"workspace":"A!","type":"t"}',
      good,
      'too large',
      '{"workspace":"acme"}',
      '{"workspace":"acme","type":"t","payload":{"__proto__":1}}',
      good,
      good,
      '5',
    ],
    intake,
  );
  const { results, ...sums } = await answer;
  expect(sums).toEqual({ accepted: 4, refused: 5 });
  expect(results.map((result) => [result.index, result.status])).toEqual([
    [0, 202],
    [1, 400],
    [2, 202],
    [3, 413],
    [4, 400],
    [5, 400],
    [6, 202],
    [7, 202],
    [8, 400],
  ]);
  expect(results[1]).toMatchObject({ problem: { code: 'WORKSPACE_NAME_INVALID' } });
  expect(results[3]).toMatchObject({ problem: { code: 'JOB_TOO_LARGE' } });
  expect(results[4]).toMatchObject({ problem: { code: 'INVALID_REQUEST', errors: [{ path: 'type' }] } });
  expect(chunks).toEqual([3, 1]);
  expect(rejected).toHaveLength(5);
});

test('nothing goes on before the whole of a small batch was looked at', async () => {
  const { intake, chunks } = fakeIntake();
  await expect(run([good, good, '{nope'], intake).answer).rejects.toMatchObject({
    code: 'MALFORMED_JSON',
    message: expect.stringMatching(/^Item 2: /),
  });
  await expect(run([good, new FairleadError('BODY_TOO_LARGE', 'x')], intake).answer).rejects.toMatchObject({
    code: 'BODY_TOO_LARGE',
  });
  expect(chunks).toEqual([]);
});

test('in NDJSON a line that is not JSON spoils only itself', async () => {
  const { intake } = fakeIntake();
  const { results } = await run([good, '{nope', good], intake, { itemsStandAlone: true }).answer;
  expect(results.map(({ status }) => status)).toEqual([202, 400, 202]);
});

test('a batch with too many items is refused as a whole when it is small', async () => {
  const { intake, chunks } = fakeIntake();
  await expect(run(many(21), intake, { lookAheadBytes: 1e6 }).answer).rejects.toMatchObject({
    code: 'BATCH_TOO_LONG',
  });
  expect(chunks).toEqual([]);
  expect((await run(many(20), intake, { lookAheadBytes: 1e6 }).answer).accepted).toBe(20);
});

test('a large batch is worked off while it arrives, and says where it ended', async () => {
  const { intake } = fakeIntake();
  const { results, accepted, incomplete } = await run(many(25), intake).answer;
  expect([results.length, accepted, incomplete?.code]).toEqual([20, 20, 'BATCH_TOO_LONG']);
  const broken = await run([...many(15), '{nope', good], intake).answer;
  expect([broken.results.length, broken.accepted, broken.incomplete?.code]).toEqual([
    15,
    15,
    'MALFORMED_JSON',
  ]);
});

test('when Redis goes away in between, every item that was read has its result', async () => {
  const { intake } = fakeIntake(3);
  const { answer, rejected } = run(many(20), intake);
  const { results, accepted, refused, incomplete } = await answer;
  expect(accepted).toBe(6);
  expect(results).toHaveLength(accepted + refused);
  expect(results[6]).toMatchObject({ index: 6, status: 503, problem: { code: 'REDIS_UNAVAILABLE' } });
  expect(incomplete).toMatchObject({ status: 503 });
  expect(rejected).toHaveLength(refused);
});

test('when Redis is away from the start, the whole request fails', async () => {
  const { intake } = fakeIntake(1);
  await expect(run(many(5), intake).answer).rejects.toBe(DOWN);
  await expect(run(many(20), intake).answer).rejects.toBe(DOWN);
});

test('a client that is gone is not answered', async () => {
  const gone = new Error('aborted');
  const { intake } = fakeIntake();
  await expect(run([good, gone], intake).answer).rejects.toBe(gone);
  await expect(run([...many(18), gone], intake).answer).rejects.toBe(gone);
});

test('an empty batch has no results', async () => {
  expect(await run([], fakeIntake().intake).answer).toEqual({ accepted: 0, refused: 0, results: [] });
});

test('however long the batch, no more than the look-ahead and one item is held', async () => {
  let read = 0;
  let handedOn = 0;
  let most = 0;
  async function* endless(): AsyncGenerator<BatchText[]> {
    for (let i = 0; i < 500; i++) {
      read++;
      most = Math.max(most, read - handedOn);
      yield [text(good)];
    }
  }
  const intake: Intake = {
    async accept(jobs) {
      handedOn += jobs.length;
      return jobs.map(() => ({ outcome: 'accepted', id: 'x', state: 'waiting', position: 1 }));
    },
  };
  const rules = { ...RULES, maxItems: 500, chunk: 1_000 };
  const { answer } = await acceptBatch(endless(), intake, { rejected() {} }, rules);
  expect(answer.accepted).toBe(500);
  expect(most).toBeLessThanOrEqual(rules.lookAheadBytes / good.length + 2);
});
