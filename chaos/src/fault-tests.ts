import type { FaultTest } from './fault-test.ts';
import { answersLost } from './faults/answers-lost.ts';
import { capacityFollows } from './faults/capacity-follows.ts';
import { clusterFailover } from './faults/cluster-failover.ts';
import { consumersKilled } from './faults/consumers-killed.ts';
import { dispatcherKilled } from './faults/dispatcher-killed.ts';
import { effectUnknown } from './faults/effect-unknown.ts';
import { lateAttempt } from './faults/late-attempt.ts';
import { leaderFrozen } from './faults/leader-frozen.ts';
import { loopBlocked } from './faults/loop-blocked.ts';
import { network } from './faults/network.ts';
import { poisonJob } from './faults/poison-job.ts';
import { postgresFrozen } from './faults/postgres-frozen.ts';
import { recoveryTime } from './faults/recovery-time.ts';
import { redisFlushed } from './faults/redis-flushed.ts';
import { redisFull } from './faults/redis-full.ts';
import { redisCut, redisKilled } from './faults/redis-killed.ts';
import { sameKey } from './faults/same-key.ts';

/** All fault tests, by what they break. */
export const FAULT_TESTS: readonly FaultTest[] = [
  consumersKilled,
  recoveryTime,
  loopBlocked,
  lateAttempt,
  poisonJob,
  effectUnknown,
  redisKilled,
  redisCut,
  redisFlushed,
  redisFull,
  clusterFailover,
  postgresFrozen,
  network,
  answersLost,
  sameKey,
  dispatcherKilled,
  leaderFrozen,
  capacityFollows,
];
