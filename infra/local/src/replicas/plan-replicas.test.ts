import { expect, test } from '@jest/globals';
import { planReplicas, type ReplicaNow } from './plan-replicas.ts';

const replicas = (...running: (number | undefined)[]): ReplicaNow[] =>
  running.map((jobs, index) => ({ number: index + 1, running: jobs }));

test('as many as are missing are started', () => {
  expect(planReplicas(4, replicas(5))).toEqual({ start: 3, drain: [] });
  expect(planReplicas(1, replicas(5))).toEqual({ start: 0, drain: [] });
});

test('the idle ones are drained first, the youngest of equals, and last who says nothing', () => {
  expect(planReplicas(3, replicas(9, 0, undefined, 4))).toEqual({ start: 0, drain: [2] });
  expect(planReplicas(1, replicas(9, 0, undefined, 4))).toEqual({ start: 0, drain: [2, 4, 1] });
  expect(planReplicas(2, replicas(0, 0, 0))).toEqual({ start: 0, drain: [3] });
});
