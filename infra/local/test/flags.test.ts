import { expect, test } from '@jest/globals';
import { parseCommandLine } from '../setup/flags.mjs';

test('start has a replay and serves on, unless told otherwise', () => {
  expect(parseCommandLine(['start'])).toEqual({
    outcome: 'start',
    flags: { demo: true, once: false, jsonFile: undefined },
  });
  expect(parseCommandLine(['start', '--once', '--json', 'out.json'])).toEqual({
    outcome: 'start',
    flags: { demo: true, once: true, jsonFile: 'out.json' },
  });
  expect(parseCommandLine(['start', '--json=a=b.json'])).toMatchObject({ flags: { jsonFile: 'a=b.json' } });
  expect(parseCommandLine(['start', '--no-demo'])).toMatchObject({ flags: { demo: false } });
});

test('a mistake is told, with what was meant to be typed', () => {
  const message = (...args: string[]) => {
    const parsed = parseCommandLine(args);
    return parsed.outcome === 'wrong' ? parsed.message : parsed.outcome;
  };
  expect(message('start', '--onec')).toBe('npm start does not know "--onec".');
  expect(message('start', 'out.json')).toBe('npm start does not know "out.json".');
  expect(message('start', '--once=yes')).toBe('npm start does not know "--once=yes".');
  expect(message('start', '--json')).toBe('--json needs a file name.');
  expect(message('start', '--json', '--once')).toBe('--json needs a file name.');
  expect(message('start', '--no-demo', '--once')).toContain('--no-demo leaves the replay out');
  expect(message('start', '--no-demo', '--json', 'x')).toContain('--no-demo leaves it out');
  expect(message('test', '--watch')).toBe('npm test does not know "--watch".');
  expect(message('stop')).toBe('There is no command "stop".');
});

test('help is help, whatever else is typed', () => {
  expect(parseCommandLine(['start', '--bogus', '--help'])).toMatchObject({ outcome: 'help' });
  expect(parseCommandLine(['test', '-h'])).toMatchObject({
    text: expect.stringContaining('Usage: npm test'),
  });
  expect(parseCommandLine([])).toMatchObject({ text: expect.stringContaining('Usage: npm start') });
});
