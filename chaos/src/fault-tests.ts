import type { FaultTest } from './fault-test.ts';
import { answersLost } from './faults/answers-lost.ts';
import { sameKey } from './faults/same-key.ts';

export const FAULT_TESTS: readonly FaultTest[] = [answersLost, sameKey];
