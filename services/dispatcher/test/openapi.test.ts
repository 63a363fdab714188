/** The OpenAPI document, without a server. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { dispatcherDocument } from '../src/api/document.ts';
import { operations } from '../src/api/operations.ts';
import { VERSION } from '../src/version.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const document = dispatcherDocument(VERSION);

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

test('the linter would find something', async () => {
  const { info: _info, ...broken } = document;
  const problems = await lintFromString({
    source: JSON.stringify(broken),
    absoluteRef: '/openapi.json',
    config: await createConfig({ extends: ['recommended'] }),
  });
  expect(problems.map(({ ruleId }) => ruleId)).toContain('struct');
});

test('the client was generated from it: else run `npm run generate:client`', () => {
  const generatedFrom = JSON.parse(read('../../../packages/client/src/generated/openapi.json'));
  expect(JSON.parse(JSON.stringify(document))).toEqual(generatedFrom);
});

test('it is of the release that the package is', () => {
  expect(JSON.parse(read('../package.json')).version).toBe(VERSION);
  expect(document.info).toMatchObject({ version: VERSION, license: { identifier: 'MIT' } });
});

test('every declared operation is in it, with its scope', () => {
  for (const { id, path, method, access } of operations) {
    expect(document.paths[path]?.[method.toLowerCase()]).toMatchObject({
      operationId: id,
      security: [{ key: [access.scope] }],
    });
  }
});
