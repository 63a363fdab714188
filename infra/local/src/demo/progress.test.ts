import { expect, test } from '@jest/globals';
import type { PlannedWorkspace } from './plan.ts';
import { clock, createProgress } from './progress.ts';

const plain = (_: number, text: string) => text;
const workspaces: PlannedWorkspace[] = [
  { name: 'gold', kind: 'weighted', weight: 4 },
  { name: 'metered', kind: 'metered', weight: 1, rate: { ratePerSecond: 5, burst: 10 } },
];
const counts = (name: string, waiting: number, active: number, completed: number) => ({
  name,
  waiting,
  active,
  completed,
  delayed: 0,
  dead: 0,
});
const at = (elapsedMs: number, goldDone: number) => ({
  elapsedMs,
  planned: 5_000,
  handedIn: 5_000,
  now: [counts('gold', 4_000 - goldDone, 20, goldDone), counts('metered', 0, 0, 10)],
});

test('the table shows rates, and rates per weight of who is waiting', () => {
  const progress = createProgress(workspaces, plain);
  progress.observe(at(1_000, 0));
  progress.observe(at(3_000, 160));
  const table = progress.table();
  expect(table[1]).toBe(`  0:03  ━${'─'.repeat(19)}  170 of 5,000 jobs, 80/s`);
  expect(table[4]).toBe('  gold                    4   3,840      20     160    80.0    20.0');
  expect(table[5]).toBe(
    '  metered                 1       ·       ·      10       ·          5/s by its own quota',
  );
});

test('a pipe gets one line with the longest queue', () => {
  const progress = createProgress(workspaces, plain);
  progress.observe(at(0, 0));
  progress.observe(at(65_000, 1_300));
  expect(progress.line()).toBe('  1:05  1,310 of 5,000 jobs done, 20/s, 2,700 waiting (gold 2,700)');
});

test('clocks', () => {
  expect([clock(0), clock(59_999), clock(60_000)]).toEqual(['0:00', '0:59', '1:00']);
});
