import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProcess } from '@fairlead/testkit';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));

let folder: string;
let broken: string;
let unrunnable: string;
let results: Map<string, { types: string[]; from?: string; reason?: string }>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-handlers-'));
  broken = join(folder, 'broken.mjs');
  unrunnable = join(folder, 'enum.ts');
  await writeFile(broken, 'export default {');
  // Not among the fixtures: the compiler's settings forbid it there.
  await writeFile(unrunnable, 'enum Colour { Red }\nexport default { Colour };');
  const names = ['good.ts', 'good.mjs', 'absent.ts', 'throws.ts', 'missing-import.mjs', 'no-default.mjs'];
  names.push('not-handlers.mjs', 'never-ends.mjs');
  const args = ['./fixtures/good.ts', new URL('./fixtures/good.mjs', import.meta.url).href];
  args.push(broken, unrunnable);
  const child = await startProcess(new URL('./print-loaded.ts', import.meta.url), {
    args: [...args, ...names.map(fixture)],
    cwd: fixture('..'),
    waitFor: 'spawn',
  });
  await child.exited;
  results = new Map(child.logs().map((line) => [line.file as string, line as never]));
});

afterAll(() => rm(folder, { recursive: true }));

const reasonFor = (name: string) =>
  results.get(fixture(name))?.reason?.replace(fixture(name), name) ?? 'loaded';

describe('loading handlers', () => {
  test('takes TypeScript and JavaScript, by path from the working directory or by URL', () => {
    expect(results.get(fixture('good.ts'))).toMatchObject({ types: ['greet'], from: fixture('good.ts') });
    expect(results.get(fixture('good.mjs'))).toMatchObject({ types: ['plain'] });
    expect(results.get('./fixtures/good.ts')).toMatchObject({ types: ['greet'] });
    expect(results.get(new URL('./fixtures/good.mjs', import.meta.url).href)).toMatchObject({
      types: ['plain'],
    });
  });

  test('says that there is no such file', () => {
    expect(reasonFor('absent.ts')).toBe('FAIRLEAD_HANDLERS: there is no file absent.ts');
  });

  test('says what the file threw, and where', () => {
    expect(reasonFor('throws.ts')).toMatch(
      /^FAIRLEAD_HANDLERS: throws\.ts failed to load: Error: the mailer has no password \(at .*throws\.ts:1:7\)$/,
    );
  });

  test('says that an import is missing', () => {
    expect(reasonFor('missing-import.mjs')).toMatch(/failed to load: .*not-there\.mjs/);
  });

  test('says that the file is not JavaScript', () => {
    expect(results.get(broken)?.reason).toMatch(/failed to load: SyntaxError/);
  });

  test('says what kind of TypeScript Node does not run', () => {
    expect(results.get(unrunnable)?.reason).toMatch(
      /failed to load: SyntaxError.*enum is not supported.*\(at .*:\d+\)$/s,
    );
  });

  test('says that there is no default export', () => {
    expect(reasonFor('no-default.mjs')).toBe(
      'FAIRLEAD_HANDLERS: no-default.mjs has no default export; write `export default defineHandlers({ … })`',
    );
  });

  test('says what is wrong with each handler', () => {
    expect(reasonFor('not-handlers.mjs')).toBe(
      'FAIRLEAD_HANDLERS: the default export of not-handlers.mjs is not usable: ' +
        'handler "email.send" has no zod schema as `input`; handler "email.send" has no function `run`; ' +
        'handler "email.read" is not an object with `input` and `run`',
    );
  });

  test('does not wait for ever for a file that does not come to an end', () => {
    expect(reasonFor('never-ends.mjs')).toMatch(/did not come to an end within 0.5 s/);
  });
});
