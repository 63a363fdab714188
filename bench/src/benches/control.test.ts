import { expect, test } from '@jest/globals';
import { controlFigures, type Ticked } from './control.ts';

const tick = (readMs: number, change: Partial<Ticked> = {}): Ticked => ({
  ...{ readMs, decideMs: 10, writeMs: 20, cpuMs: 15, statements: 3, records: 7 },
  ...change,
});

test('the figures are medians of medians, and no statement is left out', () => {
  const figures = controlFigures([
    { takeOverMs: 500, ticks: [tick(1), tick(2), tick(3, { statements: 4 })] },
    { takeOverMs: 400, ticks: [tick(4), tick(5), tick(6)] },
    { takeOverMs: 600, ticks: [tick(7), tick(8), tick(9)] },
  ]);
  const value = (name: string) => figures.find((figure) => figure.name === name)?.value;
  expect(value('tick_ms_50000')).toBe(35);
  expect(value('tick_read_ms')).toBe(5);
  expect(value('take_over_ms')).toBe(500);
  expect(value('statements_per_tick')).toBe(4);
});
