/** docs/library.md and docs/from-bullmq.md show the code that is run here. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

/** The parts of a source between its region marks. */
function regions(path: string): string[] {
  const source = read(`../${path}`);
  return [...source.matchAll(/^ *\/\/ #region (\S+)\n([\s\S]*?)^ *\/\/ #endregion \1$/gm)].map(
    ([, , code]) => code ?? '',
  );
}

test.each([
  ['library.md', ['beside-bullmq/program.ts']],
  [
    'from-bullmq.md',
    [
      ...[
        'step-1/app.ts',
        'step-2/app.ts',
        'step-3/app.ts',
        'handlers.ts',
        'step-4/app.ts',
        'step-4/handlers.ts',
      ].map((name) => `from-bullmq/${name}`),
    ],
  ],
])('docs/%s', (page, sources) => {
  const shown = [...read(`../../docs/${page}`).matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
  expect(shown).toEqual(sources.flatMap(regions));
});
