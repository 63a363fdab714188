/**
 * Writes the generated half of the client, from the OpenAPI documents: for each service types, and a table of the
 * operations. A part of `npm run generate:client`; into another folder than `src/generated` with its path as the argument.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import openapiTS, { astToString } from 'openapi-typescript';
import { tableOf } from './table.ts';

const HEADER =
  '// Generated from openapi.json by `npm run generate:client`: change the declarations instead.\n\n';
const GENERATED = join(import.meta.dirname, '../src/generated');

const folder = process.argv[2] ?? GENERATED;
for (const service of ['', 'controller']) {
  const text = readFileSync(join(GENERATED, service, 'openapi.json'), 'utf8');
  // What has a default need not be sent.
  const types = astToString(await openapiTS(text, { defaultNonNullable: false }));
  mkdirSync(join(folder, service), { recursive: true });
  writeFileSync(join(folder, service, 'api.ts'), HEADER + types);
  writeFileSync(join(folder, service, 'table.ts'), HEADER + tableOf(JSON.parse(text)));
}
