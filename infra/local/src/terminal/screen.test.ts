import { expect, test } from '@jest/globals';
import { createScreen, cut } from './screen.ts';

function recorder(columns = 40) {
  let written = '';
  return {
    columns,
    write: (text: string) => (written += text),
    take: () => written.replaceAll('\x1b', 'ESC'),
  };
}

test('in a pipe there are lines and no block', () => {
  const out = recorder();
  const screen = createScreen(out, false);
  screen.draw(['a table']);
  screen.print('a line');
  screen.finish('clear');
  expect(out.take()).toBe('a line\n');
});

test('a line goes above the block, which is redrawn', () => {
  const out = recorder();
  const screen = createScreen(out, true);
  screen.draw(['one', 'two']);
  screen.print('news');
  expect(out.take()).toBe('\rESC[2Kone\ntwo\nESC[2A\rESC[0Jnews\none\ntwo\n');
});

test('a block higher than the terminal is cut, so that it can be redrawn', () => {
  const out = { ...recorder(), rows: 3 };
  const screen = createScreen(out, true);
  screen.draw(['one', 'two', 'three', 'four']);
  screen.draw(['one']);
  expect(out.take()).toBe('\rESC[2Kone\ntwo\nESC[2A\rESC[0Jone\n');
});

test('a kept block is not touched again', () => {
  const out = recorder();
  const screen = createScreen(out, true);
  screen.draw(['one']);
  screen.finish('keep');
  screen.print('news');
  expect(out.take()).toBe('\rESC[2Kone\n\rESC[2Knews\n');
});

test('cutting counts what is seen and closes the colour', () => {
  expect(cut('\x1b[31mred and long\x1b[0m', 3)).toBe('\x1b[31mred\x1b[0m');
  expect(cut('short', 10)).toBe('short');
  expect(cut('exact', 5)).toBe('exact');
});
