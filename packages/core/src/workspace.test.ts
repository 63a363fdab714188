import { expect, test } from '@jest/globals';
import { isWorkspaceSlug } from './workspace.ts';

test('a slug is lower case, digits and hyphens, 1 to 63 characters', () => {
  expect(['a', 'acme', 'acme-2', '0', 'a'.repeat(63)].every(isWorkspaceSlug)).toBe(true);
});

test('nothing that could reach another key is a slug', () => {
  const bad = [
    '',
    '-a',
    'A',
    'a:b',
    '{a}',
    'a*',
    'a b',
    'a\0',
    '~ring',
    'a'.repeat(64),
    'a\n',
    'ä',
    '../a',
    'a_b',
  ];
  expect(bad.filter(isWorkspaceSlug)).toEqual([]);
});
