import { NO_COUNTS } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import type { Report } from './report.ts';
import { createReporter } from './reporter.ts';
import { createTally } from './tally.ts';

test('a report without an answer is sent again as it was, and what was counted since comes after it', async () => {
  const tally = createTally();
  const sent: Report[] = [];
  let away = true;
  const reporter = createReporter({
    reporter: 'one',
    kind: 'consumer',
    slots: 4,
    take: () => ({ counts: tally.take(), vitals: undefined, evidence: [] }),
    async report(report) {
      sent.push(report);
      if (away) throw new Error('Redis is away');
      return { capacity: 8, share: 4 };
    },
  });
  tally.of('acme').started++;
  await expect(reporter.send(false)).rejects.toThrow('away');
  tally.of('acme').started += 10;
  await expect(reporter.send(false)).rejects.toThrow('away');
  away = false;
  expect(await reporter.send(true)).toEqual({ capacity: 8, share: 4 });

  const [first, again, answered, rest] = sent;
  expect(first?.counts.get('acme')).toEqual({ ...NO_COUNTS, started: 1 });
  expect(again).toEqual(first);
  expect(answered).toEqual({ ...first, draining: true });
  expect(rest?.counts.get('acme')).toEqual({ ...NO_COUNTS, started: 10 });
  expect(rest?.id).not.toBe(first?.id);
  await reporter.send(true);
  expect(new Set(sent.map(({ id }) => id)).size).toBe(3);
});
