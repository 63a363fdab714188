import { expect, test } from '@jest/globals';
import { controlFigures, type Ticked } from './control.ts';

const tick = (readMs: number, change: Partial<Ticked> = {}): Ticked => ({
  ...{ readMs, decideMs: 10, saveMs: 5, writeMs: 20, cpuMs: 15, statements: 3, records: 7 },
  ...change,
});

test('the figures are of the ticks after the first, which has its own, and no statement is left out', () => {
  const figures = controlFigures([
    { first: tick(500, { statements: 4 }), others: [tick(1), tick(2), tick(3)] },
    { first: tick(400), others: [tick(4), tick(5), tick(6)] },
    { first: tick(600), others: [tick(7), tick(8), tick(9)] },
  ]);
  const value = (name: string) => figures.find((figure) => figure.name === name)?.value;
  expect(value('tick_ms_50000')).toBe(40);
  expect(value('tick_read_ms')).toBe(5);
  expect(value('first_tick_ms')).toBe(535);
  expect(value('statements_per_tick')).toBe(4);
});
