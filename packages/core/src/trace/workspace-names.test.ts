import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isWorkspaceSlug } from '../workspace.ts';
import { workspaceNames } from './workspace-names.ts';

const names = (tenants: string[], prefix = 'app-') => [...workspaceNames(tenants, prefix).values()];

test('of a hash as much is kept as tells the tenants apart, at least eight digits; busiest first', () => {
  const [a, b] = ['deadbeef00aa77777777', 'deadbeef00ab77777777'];
  expect(names([a, b, b])).toEqual(['app-deadbeef00ab', 'app-deadbeef00aa']);
  expect(names([a])).toEqual(['app-deadbeef']);
});

test('any other name becomes a slug, with a number where it would be another one’s', () => {
  expect(names(['Acme Ltd.', 'acme-ltd', 'Größe & Söhne'], '')).toEqual([
    'acme-ltd',
    'acme-ltd-2',
    'gro-e-sohne',
  ]);
  expect(names(['日本', '???'], '')).toEqual(['tenant', 'tenant-2']);
});

test('whatever tenants are called, each has a name of its own that a workspace may have', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ minLength: 1, maxLength: 90 }), { maxLength: 30 }),
      fc.constantFrom('', 'app-', 't'),
      (tenants, prefix) => {
        const given = names(tenants, prefix);
        expect(new Set(given).size).toBe(tenants.length);
        expect(given.filter((name) => !isWorkspaceSlug(name))).toEqual([]);
      },
    ),
  );
});
