/** Writes `src/generated` anew: a part of `npm run generate:client`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { generateClient } from './generate.ts';

const at = (path: string) => new URL(`../${path}`, import.meta.url);
const files = await generateClient(JSON.parse(readFileSync(at('src/generated/openapi.json'), 'utf8')));
for (const [name, text] of Object.entries(files)) writeFileSync(at(`src/generated/${name}`), text);
