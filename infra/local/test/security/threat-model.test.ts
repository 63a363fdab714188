/** The threat model names a test for every attack, and each of them is there. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ROOT } from './cluster.ts';

const text = readFileSync(join(ROOT, 'docs/threat-model.md'), 'utf8');
const rows = [...text.matchAll(/^\| (?<attack>[^|]+) \| [^|]+ \| (?<tests>(?:\[\d+\] ?)+)\|$/gm)].map(
  ({ groups }) => ({
    attack: groups?.['attack'] ?? '',
    tests: [...(groups?.['tests'] ?? '').matchAll(/\[(\d+)\]/g)].map(([, number]) => number as string),
  }),
);
const files = new Map(
  [...text.matchAll(/^\[(\d+)\]: \.\.\/(\S+)$/gm)].map(([, number, path]) => [
    number as string,
    path as string,
  ]),
);
const table = text.slice(text.indexOf('| attack | answer | held by |'));

test('every attack has its tests, and no test is named for nothing', () => {
  expect(rows.length).toBeGreaterThanOrEqual(18);
  // Each line of the table but its head was understood.
  expect(rows).toHaveLength([...table.matchAll(/^\| /gm)].length - 2);
  const named = new Set(rows.flatMap(({ tests }) => tests));
  expect([...named].toSorted()).toEqual([...files.keys()].toSorted());
});

test.each([...files])('test file [%s] exists and holds tests: %s', (_number, path) => {
  expect(existsSync(join(ROOT, path))).toBe(true);
  const source = readFileSync(join(ROOT, path), 'utf8');
  expect(source).toMatch(/\btest(\.each)?[(<]/);
  expect(source).not.toMatch(/\b(test|describe|it)\.(skip|todo|only)\b/);
});

test('it is one screen', () => {
  expect(text.split('\n').length).toBeLessThanOrEqual(80);
});
