/** The OpenAPI document of the controller, without a server. */
import { readFileSync } from 'node:fs';
import { SCOPES } from '@fairlead/http';
import { expect, test } from '@jest/globals';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { controllerDocument } from '../src/api/document.ts';
import { operations } from '../src/api/operations.ts';
import { VERSION } from '../src/version.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const document = controllerDocument(VERSION);

test('it passes the recommended rules of a public linter, every one of them', async () => {
  const problems = await lintFromString({
    source: JSON.stringify(document),
    absoluteRef: '/openapi.json',
    config: await createConfig({ extends: ['recommended'] }),
  });
  expect(problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual(
    [],
  );
});

test('the client was generated from it: else run `npm run generate:client`', () => {
  const generatedFrom = JSON.parse(read('../../../packages/client/src/generated/controller/openapi.json'));
  expect(JSON.parse(JSON.stringify(document))).toEqual(generatedFrom);
});

test('it is of the release that the package is', () => {
  expect(JSON.parse(read('../package.json')).version).toBe(VERSION);
});

test('each operation has an id and a path of its own', () => {
  expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
  expect(new Set(operations.map(({ method, path }) => `${method} ${path}`)).size).toBe(operations.length);
});

test('the table of scopes in the documentation is that of the operations', () => {
  const rows = SCOPES.flatMap((scope) => {
    const names = operations.filter(({ access }) => access.scope === scope).map(({ id }) => `\`${id}\``);
    return names.length === 0 ? [] : [`| \`${scope}\` | ${names.sort().join(', ')} |`];
  });
  expect(read('../../../docs/api.md')).toContain(rows.join('\n'));
});
