import { expect, test } from '@jest/globals';
import type { Environment } from '../config.ts';
import { openScreen } from './screen.ts';

const open = (isTTY: boolean, env: Environment) =>
  openScreen({ isTTY, columns: 0, write: () => true, once: () => {} }, env);

test.each<[string, boolean, Environment, boolean]>([
  ['a terminal', true, {}, true],
  ['a pipe', false, {}, false],
  ['a terminal with NO_COLOR', true, { NO_COLOR: '1' }, false],
  ['a terminal with an empty NO_COLOR', true, { NO_COLOR: '' }, true],
  ['a pipe with FORCE_COLOR', false, { FORCE_COLOR: '1' }, true],
  ['FORCE_COLOR goes before NO_COLOR', false, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
  ['a terminal with FORCE_COLOR=0', true, { FORCE_COLOR: '0' }, false],
  ['a dumb terminal', true, { TERM: 'dumb' }, false],
])('%s', (_, isTTY, env, colour) => {
  const screen = open(isTTY, env);
  expect(screen.colour).toBe(colour);
  expect(screen.paint('red', 'x')).toBe(colour ? '\u001b[31mx\u001b[39m' : 'x');
});

test('a dumb terminal is no place for tables, and a width of 0 is none', () => {
  expect(open(true, { TERM: 'dumb' }).live).toBe(false);
  expect(open(true, {}).columns).toBe(100);
});

test('writing waits until there is room again', async () => {
  let drained: () => void = () => {};
  const screen = openScreen(
    {
      write: () => false,
      once: (_, listener) => {
        drained = listener;
      },
    },
    {},
  );
  let written = false;
  const writing = screen.write('much').then(() => {
    written = true;
  });
  await Promise.resolve();
  expect(written).toBe(false);
  drained();
  await writing;
});
