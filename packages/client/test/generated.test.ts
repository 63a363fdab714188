import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { type Document, tableOf } from '../generator/table.ts';

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

test('the files in src/generated are those of the documents: else run `npm run generate:client`', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-client-'));
  try {
    const env = { ...process.env, NODE_OPTIONS: '' };
    await promisify(execFile)(process.execPath, [at('generator/main.ts'), folder], { env });
    for (const name of ['api.ts', 'table.ts', 'controller/api.ts', 'controller/table.ts']) {
      const [made, kept] = await Promise.all(
        [join(folder, name), at(`src/generated/${name}`)].map((path) => readFile(path, 'utf8')),
      );
      expect([name, made === kept]).toEqual([name, true]);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('parameters that could not be told apart are found when the client is generated', () => {
  const parameters = [
    { in: 'path', name: 'id' },
    { in: 'query', name: 'id' },
  ];
  const document: Document = { paths: { '/{id}': { get: { operationId: 'look', parameters } } } };
  expect(() => tableOf(document)).toThrow('look: two of id,id');
});
