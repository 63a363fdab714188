import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { FAULT_TESTS } from '../src/fault-tests.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const chaos = (...args: string[]) =>
  promisify(execFile)(process.execPath, ['--conditions=development', MAIN, ...args], {
    env: { ...process.env, NODE_OPTIONS: '' },
  });

test('the command lists all tests', async () => {
  const { stdout } = await chaos('--help');
  const lines = stdout.split('\n').map((line) => line.trim().replace(/ {2,}/, ' '));
  for (const { name, about } of FAULT_TESTS) expect(lines).toContain(`${name} ${about}`);
});

test('the page of the fault tests has every one', async () => {
  const page = await readFile(new URL('../../docs/fault-tests.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map((match) => match[1]);
  expect(rows).toEqual(FAULT_TESTS.map(({ name }) => name));
});

test('a test prints its figures as a table and as JSON, also into a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-chaos-command-'));
  const file = join(folder, 'figures.json');
  try {
    const { stdout, stderr } = await chaos('recovery-time', '--quick', '--seed', '7', '--json', file);
    expect(JSON.parse(stdout)).toMatchObject({ name: 'recovery-time', quick: true, seed: 7, passed: true });
    expect(await readFile(file, 'utf8')).toBe(stdout);
    expect(stderr).toMatch(/running_again_after_at_most +[\d,]+ ms +holds +must be <= 35000/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.each([
  [['earthquake'], 'There is no fault test "earthquake".'],
  [['same-key', 'network'], 'One fault test at a time: "network" is one too many.'],
  [['same-key', '--seed', 'x'], '--seed must be a whole number, and is "x".'],
  [['same-key', '--fast'], "Unknown option '--fast'"],
])('%j is refused with the reason and the usage', async (args, reason) => {
  const { code, stderr } = await chaos(...args).catch((error) => error);
  expect(code).toBe(2);
  expect(stderr).toContain(reason);
  expect(stderr).toContain('Usage: npm run chaos');
});
