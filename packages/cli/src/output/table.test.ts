import { expect, test } from '@jest/globals';
import type { Environment } from '../config.ts';
import { openScreen, type Screen } from './screen.ts';
import { type Column, table } from './table.ts';

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
  const painted = table(screen(true), COLUMNS, ROWS, { headings: false });
  expect(painted).toContain('      \u001b[31mdead\u001b[39m  \u001b[2m');
  expect(painted).toContain('\u001b[31msucceeded\u001b[39m\n');
});

test('what others wrote moves no cursor and forges no row', () => {
  const rows = [{ id: 'a\tb', state: 'x\ny', error: '\u001b[2J\u202eevil\u0007' }];
  expect(table(screen(false), COLUMNS, rows)).toBe('a b\tx y\t\ufffd[2J\ufffdevil\ufffd\n');
});
