import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { selfContained } from './entry-page.ts';

const ui = dirname(createRequire(import.meta.url).resolve('@bull-board/ui/package.json'));

test('Bull Board’s entry page keeps its scripts and loses inline styles and other sites', () => {
  const stock = readFileSync(join(ui, 'dist/index.ejs'), 'utf8');
  expect(stock).toContain('fonts.googleapis.com');
  expect(stock).toContain('style="');
  const page = selfContained(stock);
  expect(page).not.toMatch(/https?:\/\//);
  expect(page).not.toMatch(/<style|style=/);
  expect(page.match(/<script/g)).toEqual(stock.match(/<script/g));
  expect(page).toContain('id="root"');
  expect(page).toMatch(/<link href="static\/css\/main\.[0-9a-f]+\.css" rel="stylesheet">/);
});
