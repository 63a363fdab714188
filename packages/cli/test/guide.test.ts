/** What docs/decisions-and-policies.md and docs/replay.md tell people to paste works when pasted, and shows what they say. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AUTOSCALE_REASONS, BACKPRESSURE_REASONS, PROMOTION_REASONS, ROLLOUT_REASONS } from '@fairlead/core';
import { afterAll, expect, jest, test } from '@jest/globals';
import { BIN, end, NODE } from './fairlead.ts';

// Each command is a process, and this machine may have others to run.
jest.setTimeout(240_000);

const read = (name: string) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8');

/** The commands of a page in their order, each block with what the page shows of its output. */
function blocks(page: string): { readonly commands: string; readonly shown: string[] }[] {
  const found = [...page.matchAll(/^```sh\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?/gms)];
  return found.map(([, commands = '', shown = '']) => ({
    commands,
    shown: shown.split('\n').filter((line) => line !== ''),
  }));
}

/** Columns are told apart by blanks on the page, and by tabs in a pipe. */
const unaligned = (text: string) => text.replaceAll(/[ \t]+/g, ' ');

const folder = mkdtempSync(join(tmpdir(), 'fairlead-guide-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['decisions-and-policies.md', 5],
  ['replay.md', 2],
])('the commands of %s run one after another, and print what it shows', async (name, least) => {
  const npx = `npx() { shift; '${NODE}' '${BIN}' "$@"; }`;
  const found = blocks(read(name));
  expect(found.length).toBeGreaterThanOrEqual(least);
  for (const { commands, shown } of found) {
    const { code, stdout, stderr } = await end('bash', ['-euc', `${npx}\n${commands}`], { cwd: folder });
    expect({ commands, code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.not.stringContaining('error'),
    });
    for (const line of shown) expect(unaligned(stdout)).toContain(unaligned(line));
  }
});

test('the page about decisions has every reason code, and no other', () => {
  const codes = [...AUTOSCALE_REASONS, ...PROMOTION_REASONS, ...BACKPRESSURE_REASONS, ...ROLLOUT_REASONS];
  const [, chapter = ''] = /^## Reason codes$(.*?)^## /ms.exec(read('decisions-and-policies.md')) ?? [];
  expect([...chapter.matchAll(/`([a-z_]+)`/g)].map(([, code]) => code).sort()).toEqual([...codes].sort());
});
