/**
 * Writes the generated half of the client, from the OpenAPI document: types, and a table of the operations. A part of
 * `npm run generate:client`; into another folder than `src/generated` with its path as the argument.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import openapiTS, { astToString } from 'openapi-typescript';
import { tableOf } from './table.ts';

const HEADER =
  '// Generated from openapi.json by `npm run generate:client`: change the declarations instead.\n\n';
const GENERATED = join(import.meta.dirname, '../src/generated');

const folder = process.argv[2] ?? GENERATED;
const text = readFileSync(join(GENERATED, 'openapi.json'), 'utf8');
// What has a default need not be sent.
const types = astToString(await openapiTS(text, { defaultNonNullable: false }));
writeFileSync(join(folder, 'api.ts'), HEADER + types);
writeFileSync(join(folder, 'table.ts'), HEADER + tableOf(JSON.parse(text)));
