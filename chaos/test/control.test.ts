import { test } from '@jest/globals';
import { leaderFrozen } from '../src/faults/leader-frozen.ts';
import { expectToHold, shareOnePostgres } from './holding.ts';

shareOnePostgres();

test('a leader that was frozen changes nothing when it wakes up, and another has taken over in time', () =>
  expectToHold(leaderFrozen));
