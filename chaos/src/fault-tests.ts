import type { FaultTest } from './fault-test.ts';
import { answersLost } from './faults/answers-lost.ts';
import { dispatcherKilled } from './faults/dispatcher-killed.ts';
import { effectUnknown } from './faults/effect-unknown.ts';
import { lateAttempt } from './faults/late-attempt.ts';
import { poisonJob } from './faults/poison-job.ts';
import { redisFlushed } from './faults/redis-flushed.ts';
import { sameKey } from './faults/same-key.ts';

export const FAULT_TESTS: readonly FaultTest[] = [
  answersLost,
  sameKey,
  dispatcherKilled,
  redisFlushed,
  lateAttempt,
  poisonJob,
  effectUnknown,
];
