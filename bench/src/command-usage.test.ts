import { expect, test } from '@jest/globals';
import { parseCommandStats } from './command-usage.ts';

test('costs are per job, and a script has what its commands did not take', () => {
  const text = [
    '# Commandstats',
    'cmdstat_evalsha:calls=10,usec=1000,usec_per_call=100.00,rejected_calls=0,failed_calls=0',
    'cmdstat_hgetall:calls=100,usec=300,usec_per_call=3.00,rejected_calls=0,failed_calls=0',
    'cmdstat_info:calls=1,usec=50,usec_per_call=50.00,rejected_calls=0,failed_calls=0',
  ].join('\r\n');
  const usage = parseCommandStats(text, 100);
  expect(usage.get('hgetall')).toEqual({ calls: 1, microseconds: 3 });
  expect(usage.get('evalsha')).toEqual({ calls: 0.1, microseconds: 7 });
});
