/** Writes the reference into docs/cli.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { programOf } from './program-of.ts';
import { BEGIN, END, renderReference } from './render.ts';

const page = new URL('../../../docs/cli.md', import.meta.url);
const [before, rest = ''] = readFileSync(page, 'utf8').split(BEGIN);
const after = rest.split(END)[1] ?? '\n';
writeFileSync(page, `${before}${BEGIN}\n\n${renderReference(programOf())}\n\n${END}${after}`);
