import { FairleadError } from '@fairlead/core';
import { afterEach, expect, test } from '@jest/globals';
import { type Harness, startHarness } from './harness.ts';

let harness: Harness;
afterEach(async () => {
  await harness.server.close(0);
});

async function ready() {
  const response = await fetch(`${harness.url}/readyz`);
  return { status: response.status, document: (await response.json()) as Record<string, unknown> };
}

test('a dependency that hangs does not make the answer hang', async () => {
  harness = await startHarness(
    () => {},
    () => new Promise(() => {}),
  );
  expect(await ready()).toMatchObject({
    status: 503,
    document: { code: 'NOT_READY', detail: 'no answer within 1000 ms' },
  });
});

test('what is down decides the code, and it is ready again when it is back', async () => {
  let down = true;
  harness = await startHarness(
    () => {},
    async () => {
      if (down) throw new FairleadError('REDIS_UNAVAILABLE', 'down');
    },
  );
  expect(await ready()).toMatchObject({ status: 503, document: { code: 'REDIS_UNAVAILABLE' } });
  down = false;
  expect(await ready()).toEqual({ status: 200, document: { status: 'ready' } });
});

test('many askers at once share one look', async () => {
  let looks = 0;
  const answer = Promise.withResolvers<void>();
  harness = await startHarness(
    () => {},
    () => {
      looks++;
      return answer.promise;
    },
  );
  const askers = Array.from({ length: 20 }, ready);
  while (looks === 0) await new Promise(setImmediate);
  // A later request is answered only after the others have joined the look.
  await fetch(`${harness.url}/healthz`);
  answer.resolve();
  for (const { status } of await Promise.all(askers)) expect(status).toBe(200);
  expect(looks).toBeLessThan(20);
});
