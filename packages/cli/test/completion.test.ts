/** The completion scripts, in the shells themselves where this machine has them. */
import { existsSync } from 'node:fs';
import { expect, jest, test } from '@jest/globals';
import { programOf } from '../reference/program-of.ts';
import { bashCompletion } from '../src/completion/bash.ts';
import { fishCompletion } from '../src/completion/fish.ts';
import { placesOf } from '../src/completion/tree.ts';
import { zshCompletion } from '../src/completion/zsh.ts';
import { end, fairlead } from './fairlead.ts';

// Each run is a process, and this machine may have others to run.
jest.setTimeout(240_000);

const places = placesOf(programOf());
const inPath = (name: string) =>
  ['/bin', '/usr/bin', '/usr/local/bin'].some((folder) => existsSync(`${folder}/${name}`));

/** What bash offers for the last of the words. */
async function offered(...words: string[]): Promise<string[]> {
  const script = `${bashCompletion(places)}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _fairlead; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { code, stdout, stderr } = await end(
    'bash',
    ['--norc', '-c', script, 'bash', 'fairlead', ...words],
    {},
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.split('\n').filter((word) => word !== '');
}

test('bash offers commands, then their own, then options, then the values of an option', async () => {
  expect(await offered('')).toEqual(expect.arrayContaining(['jobs', 'doctor', '--help']));
  expect(await offered('wo')).toEqual(['workspaces']);
  expect(await offered('jobs', '')).toEqual(expect.arrayContaining(['add', 'list', 'cancel']));
  expect(await offered('jobs', 'add', 'acme', '--pa')).toEqual(['--payload', '--payload-file']);
  expect(await offered('jobs', 'list', 'jobs', '--st')).toEqual(['--state']);
  expect(await offered('jobs', 'list', 'acme', '--state', 'd')).toEqual(['dead']);
  expect(await offered('jobs', 'list', 'acme', '--type', '')).toEqual([]);
});

test('bash offers files where a file goes', async () => {
  expect(await offered('jobs', 'add', '--from', '/etc/host')).toEqual(expect.arrayContaining(['/etc/hosts']));
  expect(await offered('simulate', '--json', '/etc/host')).toEqual(expect.arrayContaining(['/etc/hosts']));
});

test.each([
  ['zsh', zshCompletion],
  ['fish', fishCompletion],
] as const)('%s can read its script', async (shell, completion) => {
  const script = completion(places);
  expect(script.match(/redis-full-percent|fairlead/g)?.length).toBeGreaterThan(3);
  for (const { path } of places) expect(script).toContain(path);
  if (!inPath(shell)) return;
  const { code, stderr } = await end(shell, ['-n', '-c', script], {});
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

test('the command prints the script, and says which shells there are', async () => {
  expect((await fairlead(['completion', 'bash'])).stdout).toBe(bashCompletion(places));
  const asJson = await fairlead(['completion', 'fish', '--json']);
  expect(JSON.parse(asJson.stdout)).toEqual({ shell: 'fish', script: fishCompletion(places) });
  expect(await fairlead(['completion', 'tcsh'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Allowed choices are bash, zsh, fish.'),
  });
});
