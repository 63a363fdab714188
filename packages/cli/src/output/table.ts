import { clean } from './clean.ts';
import type { Screen, Style } from './screen.ts';

export interface Column<Row> {
  readonly title: string;
  /** Empty when there is nothing to say. */
  readonly text: (row: Row) => string;
  readonly style?: (row: Row) => Style | undefined;
  readonly align?: 'right';
}

const GAP = '  ';
const LEAST_WIDTH = 8;

/**
 * Rows for a person: aligned under headings, no wider than the screen. For a program: a line each, values between
 * tabs, nothing cut and no headings, so that `cut` and `awk` work.
 */
export function table<Row>(
  screen: Screen,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { headings = true }: { readonly headings?: boolean } = {},
): string {
  const texts = rows.map((row) => columns.map((column) => clean(column.text(row))));
  if (!screen.live) return texts.map((row) => `${row.join('\t')}\n`).join('');
  const widths = fit(
    columns.map(({ title }, i) => Math.max(title.length, ...texts.map((row) => lengthOf(row[i] ?? '')))),
    screen.columns,
  );
  const line = (cells: readonly string[], styleOf: (i: number) => Style | undefined) =>
    `${cells
      .map((cell, i) => {
        const style = styleOf(i);
        const sized = size(cell, widths[i] ?? 0, columns[i]?.align, i === cells.length - 1);
        return style === undefined ? sized : screen.paint(style, sized);
      })
      .join(GAP)
      .trimEnd()}\n`;
  const head = headings
    ? line(
        columns.map(({ title }) => title),
        () => 'dim',
      )
    : '';
  return head + texts.map((row, at) => line(row, (i) => columns[i]?.style?.(rows[at] as Row))).join('');
}

/** The widest columns give way until the row fits. */
function fit(widths: readonly number[], columns: number): number[] {
  const fitted = [...widths];
  const room = columns - GAP.length * (widths.length - 1);
  let over = fitted.reduce((sum, width) => sum + width, 0) - room;
  while (over > 0) {
    const widest = fitted.indexOf(Math.max(...fitted));
    const next = Math.max(0, ...fitted.filter((_, i) => i !== widest));
    const wanted = Math.max(
      LEAST_WIDTH,
      Math.min((fitted[widest] ?? 0) - 1, next),
      (fitted[widest] ?? 0) - over,
    );
    const taken = (fitted[widest] ?? 0) - wanted;
    if (taken <= 0) break;
    fitted[widest] = wanted;
    over -= taken;
  }
  return fitted;
}

function size(text: string, width: number, align: 'right' | undefined, isLast: boolean): string {
  const characters = [...text];
  const cut = characters.length > width ? `${characters.slice(0, Math.max(0, width - 1)).join('')}…` : text;
  const pad = ' '.repeat(Math.max(0, width - lengthOf(cut)));
  if (align === 'right') return pad + cut;
  return isLast ? cut : cut + pad;
}

function lengthOf(text: string): number {
  return [...text].length;
}
