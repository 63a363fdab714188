/** The promise in the README, clause by clause, and the tests that hold us to it. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string) => readFileSync(`${root}/${file}`, 'utf8');

/** Each clause with its tests, as "file: title". Without any: a clause that promises nothing. */
const CLAUSES: readonly (readonly [clause: string, ...tests: string[]])[] = [
  [
    'After a 2xx answer a job is durable in Postgres',
    'chaos/test/accepting.test.ts: a frozen Postgres gives 503 and never a false 2xx, and jobs are accepted soon after the thaw',
    'chaos/test/accepting.test.ts: a client whose answers are lost asks again under the same key, and makes no second job',
  ],
  [
    'and is attempted at least once until it is done,',
    'chaos/test/accepting.test.ts: what a dispatcher committed and did not add before it was killed is added by the relay',
    'chaos/test/replicas.test.ts: replicas that are killed and frozen lose no job, repeat no effect and fail no job',
  ],
  [
    'cancelled',
    'services/dispatcher/test/ledger.test.ts: a cancelled job does not run; one that runs is told',
  ],
  [
    'or dead-lettered.',
    'chaos/test/replicas.test.ts: a poison job is a dead letter after three deaths at most, and its neighbours are done',
    'services/dispatcher/test/ledger.test.ts: dead letters are listed, retried one by one and redriven, with all their attempts',
  ],
  [
    'Attempts may overlap.',
    'chaos/test/replicas.test.ts: a handler that blocks the event loop for three locks takes its effect once, and is warned of',
  ],
  [
    "Exactly one attempt's result is recorded.",
    'chaos/test/replicas.test.ts: what a thawed replica finishes after others is refused: the first finisher has won',
    'packages/ledger/test/jobs.test.ts: of several finishers of the same jobs exactly one records each',
  ],
  [
    'An effect taken through `ctx.once` in the same Postgres is applied once.',
    'services/consumer/test/once.test.ts: what overlapping runs write through tx is applied once',
    'packages/ledger/test/effects.test.ts: what is written in the same Postgres is applied once under twenty concurrent attempts',
  ],
  [
    'Effects elsewhere are at least once; every attempt carries the same idempotency key.',
    'chaos/test/replicas.test.ts: an effect that was cut off is held for an operator, or run again and counted',
  ],
  [
    'Losing all Redis data delays jobs but loses none.',
    'chaos/test/servers.test.ts: a flushed Redis gets everything back, and no effect is recorded twice',
    'chaos/test/servers.test.ts: a Redis that is killed and lost its end gets it back, and jobs flow again',
  ],
  ['Not covered: the loss of Postgres.'],
];

test('every clause of the promise is here, in the words of the README', () => {
  const section = read('README.md')
    .split(/^## /m)
    .find((text) => text.startsWith('The promise'));
  const promise = section
    ?.match(/(^> .*\n)+/m)?.[0]
    .replace(/^> /gm, '')
    .replace(/\s+/g, ' ')
    .trim();
  expect(CLAUSES.map(([clause]) => clause).join(' ')).toBe(promise);
});

test.each(CLAUSES.flatMap(([, ...tests]) => tests))('there is a test %s', (name) => {
  const [file = '', title = ''] = name.split(/: (.*)/s);
  const titles = read(file).matchAll(/^\s*test\(\s*(['"`])(.*?)\1,/gm);
  expect([...titles].map((match) => match[2])).toContain(title);
});
