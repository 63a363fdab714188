import { clean } from './clean.ts';
import type { Screen, Style } from './screen.ts';

export interface Column<Row> {
  readonly title: string;
  /** Empty when there is nothing to say. */
  readonly text: (row: Row) => string;
  readonly style?: (row: Row) => Style | undefined;
  readonly align?: 'right';
  /** May be cut where the screen is too narrow for the whole row. */
  readonly shrinks?: true;
  /** At least so wide, whatever comes first: of a table that comes in parts. */
  readonly least?: number;
  /** A longer text makes its own row longer, and not the column wider. */
  readonly most?: number;
}

const GAP = '  ';
const LEAST_WIDTH = 8;

/**
 * Rows for a person: aligned under headings, and cut to the screen where a column allows it. For a program: a line
 * each, values between tabs, nothing cut and no headings, so that `cut` and `awk` work.
 */
export function table<Row>(screen: Screen, columns: readonly Column<Row>[], rows: readonly Row[]): string {
  return openTable(screen, columns)(rows);
}

/**
 * The same of a table that comes in parts: headings are above the first, and columns only ever grow wider, so that the
 * eye finds in the next part what it looked for in the last.
 */
export function openTable<Row>(
  screen: Screen,
  columns: readonly Column<Row>[],
): (rows: readonly Row[]) => string {
  let wanted: readonly number[] | undefined;
  return (rows) => {
    const texts = rows.map((row) => columns.map((column) => clean(column.text(row))));
    if (!screen.live) return texts.map((row) => `${row.join('\t')}\n`).join('');
    const isFirst = wanted === undefined;
    wanted = columns.map((column, i) =>
      Math.max(wanted?.[i] ?? leastOf(column), widest(texts, i, column.most)),
    );
    return render(screen, columns, wanted, isFirst, rows, texts);
  };
}

function leastOf<Row>({ title, least = 0 }: Column<Row>): number {
  return Math.max(title.length, least);
}

function widest(
  texts: readonly (readonly string[])[],
  column: number,
  most = Number.POSITIVE_INFINITY,
): number {
  const lengths = texts.map((row) => lengthOf(row[column] ?? ''));
  return lengths.reduce((width, length) => (length > most ? width : Math.max(width, length)), 0);
}

function render<Row>(
  screen: Screen,
  columns: readonly Column<Row>[],
  wanted: readonly number[],
  hasHeadings: boolean,
  rows: readonly Row[],
  texts: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[], styleOf: (column: Column<Row>) => Style | undefined) => {
    const widths = fitted(
      columns,
      wanted.map((width, i) => (columns[i]?.shrinks ? width : Math.max(width, lengthOf(cells[i] ?? '')))),
      screen.columns,
    );
    const sized = cells.map((cell, i) => {
      const column = columns[i] as Column<Row>;
      const width = widths[i] as number;
      const text = cut(cell, width);
      const style = text === '' ? undefined : styleOf(column);
      const pad = ' '.repeat(width - lengthOf(text));
      const painted = style === undefined ? text : screen.paint(style, text);
      return column.align === 'right' ? pad + painted : painted + pad;
    });
    return `${sized.join(GAP).trimEnd()}\n`;
  };
  const head = columns.map(({ title }) => title);
  return [
    ...(hasHeadings ? [line(head, () => 'dim')] : []),
    ...rows.map((row, at) => line(texts[at] ?? [], ({ style }) => style?.(row))),
  ].join('');
}

/** Widths that fit the screen, if what shrinks can give way as much. */
function fitted<Row>(
  columns: readonly Column<Row>[],
  wanted: readonly number[],
  screenWidth: number,
): number[] {
  const widths = [...wanted];
  let over = widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length) - screenWidth;
  // From the right: what is to the left is what a row is known by.
  for (let i = widths.length - 1; i >= 0 && over > 0; i--) {
    if (!columns[i]?.shrinks) continue;
    const width = widths[i] as number;
    widths[i] = Math.min(width, Math.max(LEAST_WIDTH, width - over));
    over -= width - (widths[i] as number);
  }
  return widths;
}

function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length > width ? `${characters.slice(0, width - 1).join('')}…` : text;
}

function lengthOf(text: string): number {
  return [...text].length;
}
