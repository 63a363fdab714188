import { test } from '@jest/globals';
import { consumersKilled } from '../src/faults/consumers-killed.ts';
import { effectUnknown } from '../src/faults/effect-unknown.ts';
import { lateAttempt } from '../src/faults/late-attempt.ts';
import { loopBlocked } from '../src/faults/loop-blocked.ts';
import { poisonJob } from '../src/faults/poison-job.ts';
import { expectToHold, shareOnePostgres } from './holding.ts';

shareOnePostgres();

test('replicas that are killed and frozen lose no job, repeat no effect and fail no job', () =>
  expectToHold(consumersKilled));

test('what a thawed replica finishes after others is refused: the first finisher has won', () =>
  expectToHold(lateAttempt));

test('a poison job is a dead letter after three deaths at most, and its neighbours are done', () =>
  expectToHold(poisonJob));

test('an effect that was cut off is held for an operator, or run again and counted', () =>
  expectToHold(effectUnknown));

test('a handler that blocks the event loop for three locks takes its effect once, and is warned of', () =>
  expectToHold(loopBlocked));
