import { readFileSync } from 'node:fs';
import { SCOPES } from '@fairlead/http';
import { expect, test } from '@jest/globals';
import { operations } from './operations.ts';

const DOCS = new URL('../../../../docs/api.md', import.meta.url);

test('the table of scopes in the documentation is that of the operations', () => {
  const rows = SCOPES.map((scope) => {
    const names = (tenants: boolean) =>
      operations
        .filter(({ access }) => access.scope === scope && (access.tenants !== 'no') === tenants)
        .map(({ id }) => `\`${id}\``)
        .sort()
        .join(', ');
    return `| \`${scope}\` | ${names(true)} | ${names(false)} |`;
  });
  expect(readFileSync(DOCS, 'utf8')).toContain(rows.join('\n'));
});

test('each operation has an id and a path of its own', () => {
  expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
  expect(new Set(operations.map(({ method, path }) => `${method} ${path}`)).size).toBe(operations.length);
});
