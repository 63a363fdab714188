import { test } from '@jest/globals';
import { clusterFailover } from '../src/faults/cluster-failover.ts';
import { network } from '../src/faults/network.ts';
import { redisFlushed } from '../src/faults/redis-flushed.ts';
import { redisFull } from '../src/faults/redis-full.ts';
import { redisCut } from '../src/faults/redis-killed.ts';
import { expectToHold, shareOnePostgres } from './holding.ts';

shareOnePostgres();

test('a flushed Redis gets everything back, and no effect is recorded twice', () =>
  expectToHold(redisFlushed));

test('a Redis that is killed and lost its end gets it back, and jobs flow again', () =>
  expectToHold(redisCut));

test('a Redis that is nearly full refuses new work, and accepted work drains even when it is full', () =>
  expectToHold(redisFull));

test('a killed primary of a cluster is replaced, loses nothing, and holds up no shard of others', () =>
  expectToHold(clusterFailover));

test('delay, reset, half-close and silence of the network lose nothing, hang nothing and are seen', () =>
  expectToHold(network));
