import type { Screen } from './screen.ts';

/** A value that holds from an instant until the next. */
export interface Step {
  readonly atMs: number;
  readonly value: number;
}

const HEIGHT = 8;
const MAX_WIDTH = 96;
const EIGHTHS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/** A value so many times the median would press all others to the ground: it is cut, and marked. */
const CUT_ABOVE = 4;

/**
 * Steps over time as bars from 0, for a person. A column shows the value that held at the end of its time.
 *
 * @param first what held before the first step
 * @param caption what stands under the first and the last column
 */
export function stepChart(
  { columns }: Pick<Screen, 'columns'>,
  first: number,
  steps: readonly Step[],
  [fromMs, untilMs]: readonly [number, number],
  caption: readonly [string, string],
): string {
  const label = (value: number) => value.toLocaleString('en');
  const median = [...steps.map(({ value }) => value), first].sort((a, b) => a - b)[
    Math.floor(steps.length / 2)
  ] as number;
  const highest = Math.max(first, ...steps.map(({ value }) => value), 1);
  const top = Math.min(highest, Math.max(1, CUT_ABOVE * median));
  const margin = label(top).length;
  const width = Math.max(8, Math.min(MAX_WIDTH, columns - margin - 3));
  const values = sampled(first, steps, fromMs, untilMs, width);
  const lines = Array.from({ length: HEIGHT }, (_, row) => {
    const under = (HEIGHT - 1 - row) * 8;
    const bars = values.map((value) => {
      if (value > top && row === 0) return '↑';
      const eighths = Math.round((Math.min(value, top) * HEIGHT * 8) / top);
      return EIGHTHS[Math.min(8, Math.max(0, eighths - under))] as string;
    });
    return `${(row === 0 ? label(top) : '').padStart(margin)} ┤${bars.join('')}`.trimEnd();
  });
  const [left, right] = caption;
  return [
    ...lines,
    `${'0'.padStart(margin)} └${'─'.repeat(width)}`,
    `${' '.repeat(margin + 2)}${left}${right.padStart(width - left.length)}`,
    '',
  ].join('\n');
}

function sampled(
  first: number,
  steps: readonly Step[],
  fromMs: number,
  untilMs: number,
  width: number,
): number[] {
  let value = first;
  let next = 0;
  return Array.from({ length: width }, (_, column) => {
    const endMs = fromMs + ((untilMs - fromMs) * (column + 1)) / width;
    for (let step = steps[next]; step !== undefined && step.atMs < endMs; step = steps[next]) {
      value = step.value;
      next += 1;
    }
    return value;
  });
}
