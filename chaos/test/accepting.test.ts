import { test } from '@jest/globals';
import { answersLost } from '../src/faults/answers-lost.ts';
import { dispatcherKilled } from '../src/faults/dispatcher-killed.ts';
import { postgresFrozen } from '../src/faults/postgres-frozen.ts';
import { sameKey } from '../src/faults/same-key.ts';
import { expectToHold, shareOnePostgres } from './holding.ts';

shareOnePostgres();

test('what a dispatcher committed and did not add before it was killed is added by the relay', () =>
  expectToHold(dispatcherKilled));

test('a client whose answers are lost asks again under the same key, and makes no second job', () =>
  expectToHold(answersLost));

test('the same key 50 times at once, over two dispatchers, is one job', () => expectToHold(sameKey));

test('a frozen Postgres gives 503 and never a false 2xx, and jobs are accepted soon after the thaw', () =>
  expectToHold(postgresFrozen));
