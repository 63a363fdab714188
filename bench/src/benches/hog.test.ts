import { expect, test } from '@jest/globals';
import { figuresOf } from './hog.ts';

test('what the largest hog makes of the waits is judged for ours, and told of peers', () => {
  const waits = new Map([
    ['skew_light_wait_p95_ms_redis_at_0', [100, 120, 90]],
    ['skew_light_wait_p95_ms_redis_at_1000', [150, 100, 160]],
    ['skew_light_wait_p95_ms_groupmq_at_0', [100]],
    ['skew_light_wait_p95_ms_groupmq_at_1000', [900]],
  ]);
  const systems = [
    { name: 'redis', standing: 'ours' },
    { name: 'groupmq', standing: 'peer' },
  ] as const;
  expect(figuresOf(waits, systems, [0, 1_000])).toEqual([
    { name: 'skew_light_wait_p95_ms_redis_at_0', value: 100, unit: 'ms' },
    { name: 'skew_light_wait_p95_ms_redis_at_1000', value: 150, unit: 'ms' },
    { name: 'skew_light_wait_p95_ms_groupmq_at_0', value: 100, unit: 'ms' },
    { name: 'skew_light_wait_p95_ms_groupmq_at_1000', value: 900, unit: 'ms' },
    {
      ...{ name: 'skew_light_wait_p95_growth_redis', value: 1.5, unit: '×' },
      goal: { op: '<=', value: 2 },
    },
    { name: 'skew_light_wait_p95_growth_groupmq', value: 9, unit: '×' },
  ]);
});
