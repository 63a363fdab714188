import { expect, test } from '@jest/globals';
import type { Environment } from '../config.ts';
import { openScreen, type Screen } from './screen.ts';
import { type Column, openTable, table } from './table.ts';

function screen(isTTY: boolean, columns = 40, env: Environment = {}): Screen {
  return openScreen({ isTTY, columns, write: () => true, once: () => {} }, env);
}

interface Row {
  readonly id: string;
  readonly state: string;
  readonly error: string;
}
const COLUMNS: Column<Row>[] = [
  { title: 'ID', text: ({ id }) => id },
  { title: 'STATE', text: ({ state }) => state, style: () => 'red', align: 'right' },
  { title: 'ERROR', text: ({ error }) => error, style: () => 'dim', shrinks: true },
];
const ROWS = [
  { id: '0123456789', state: 'dead', error: 'connect ECONNREFUSED 127.0.0.1:25' },
  { id: '1', state: 'succeeded', error: '' },
];

test('a program gets a line each with tabs, without headings, nothing cut', () => {
  expect(table(screen(false), COLUMNS, ROWS)).toBe(
    '0123456789\tdead\tconnect ECONNREFUSED 127.0.0.1:25\n1\tsucceeded\t\n',
  );
});

test('a person gets columns under headings, cut only where a column allows it', () => {
  expect(table(screen(true, 40, { NO_COLOR: '1' }), COLUMNS, ROWS)).toBe(
    [
      'ID              STATE  ERROR',
      '0123456789       dead  connect ECONNREF…',
      '1           succeeded',
      '',
    ].join('\n'),
  );
  expect(table(screen(true, 10, { NO_COLOR: '1' }), COLUMNS, ROWS)).toContain(
    '0123456789       dead  connect…',
  );
});

test('colour is laid on after the widths are counted, and not on nothing', () => {
  const painted = table(screen(true), COLUMNS, ROWS);
  expect(painted).toContain('      \u001b[31mdead\u001b[39m  \u001b[2m');
  expect(painted).toContain('\u001b[31msucceeded\u001b[39m\n');
});

test('of a table that comes in parts, columns grow and never shrink, under headings that come once', () => {
  const print = openTable(screen(true, 60, { NO_COLOR: '1' }), COLUMNS);
  const row = (id: string, state: string) => print([{ id, state, error: 'why' }]);
  expect(row('12', 'dead')).toBe('ID  STATE  ERROR\n12   dead  why\n');
  expect(row('1', 'dead')).toBe('1    dead  why\n');
  expect(row('1234', 'succeeded')).toBe('1234  succeeded  why\n');
  expect(row('1', 'dead')).toBe('1          dead  why\n');
  const piped = openTable(screen(false), COLUMNS);
  expect(piped(ROWS) + piped(ROWS)).toBe(table(screen(false), COLUMNS, [...ROWS, ...ROWS]));
});

test('a column has a least width, and what is longer than its most moves its own row alone', () => {
  const [id, ...others] = COLUMNS as [Column<Row>, ...Column<Row>[]];
  const columns: Column<Row>[] = [{ ...id, least: 4, most: 6 }, ...others];
  const print = openTable(screen(true, 30, { NO_COLOR: '1' }), columns);
  const row = (name: string, error: string) => print([{ id: name, state: 'dead', error }]);
  expect(row('1', 'why')).toBe('ID    STATE  ERROR\n1      dead  why\n');
  // And the row still fits, where something may be cut.
  expect(row('1234567890', 'connect ECONNREFUSED')).toBe('1234567890   dead  connect EC…\n');
  expect(row('1', 'why')).toBe('1      dead  why\n');
  expect(row('123456', 'why')).toBe('123456   dead  why\n');
});

test('what others wrote moves no cursor and forges no row', () => {
  const rows = [{ id: 'a\tb', state: 'x\ny', error: '\u001b[2J\u202eevil\u0007' }];
  expect(table(screen(false), COLUMNS, rows)).toBe('a b\tx y\t\ufffd[2J\ufffdevil\ufffd\n');
});
