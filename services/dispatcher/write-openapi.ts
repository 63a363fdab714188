/** Writes the document that the client is generated from: a part of `npm run generate:client`. */
import { writeFileSync } from 'node:fs';
import manifest from './package.json' with { type: 'json' };
import { dispatcherDocument } from './src/api/document.ts';

const FILE = new URL('../../packages/client/src/generated/openapi.json', import.meta.url);
writeFileSync(FILE, `${JSON.stringify(dispatcherDocument(manifest.version), null, 2)}\n`);
