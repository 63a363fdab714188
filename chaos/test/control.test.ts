import { test } from '@jest/globals';
import { capacityFollows } from '../src/faults/capacity-follows.ts';
import { leaderFrozen } from '../src/faults/leader-frozen.ts';
import { expectToHold, shareOnePostgres } from './holding.ts';

shareOnePostgres();

test('a leader that was frozen changes nothing when it wakes up, and another has taken over in time', () =>
  expectToHold(leaderFrozen));

test('capacity rises by steps, a failing tenant halves it, it comes back; replicas and spans follow', () =>
  expectToHold(capacityFollows));
