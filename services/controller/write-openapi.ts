/** Writes the document that the client is generated from: a part of `npm run generate:client`. */
import { writeFileSync } from 'node:fs';
import { controllerDocument } from './src/api/document.ts';
import { VERSION } from './src/version.ts';

const FILE = new URL('../../packages/client/src/generated/controller/openapi.json', import.meta.url);
writeFileSync(FILE, `${JSON.stringify(controllerDocument(VERSION), null, 2)}\n`);
