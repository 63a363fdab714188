/** What the README tells people to paste works when pasted. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, expect, test } from '@jest/globals';
import { type OwnedProcess, startOwnedProcess } from '../src/servers/owned-process.ts';
import { until } from './until.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const running: OwnedProcess[] = [];

afterEach(async () => {
  for (const one of running.splice(0)) await one.stop(15_000);
});

/** What a stack that only serves tells people to paste first. */
async function serve(): Promise<string> {
  let exported = '';
  let serves = false;
  const stack = await startOwnedProcess({
    command: process.execPath,
    args: ['--conditions=development', main, '--no-demo'],
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: undefined, REDIS_URL: undefined },
    stopSignal: 'SIGTERM',
    onLine: (line) => {
      exported = /^\s*(export FAIRLEAD_URL=.*)$/.exec(line)?.[1] ?? exported;
      serves ||= /^\s*Serving until Ctrl-C/.test(line);
    },
  });
  running.push(stack);
  await until('it serves', () => serves || stack.hasExited(), 150_000);
  return exported;
}

/** The shell block of a section, with the address and the key of this stack. */
function commands(section: string, exported: string): string {
  const readme = readFileSync(`${root}/README.md`, 'utf8');
  const block = new RegExp(`^## ${section}$[^]*?^\`\`\`sh\n([^]*?)^\`\`\`$`, 'm').exec(readme)?.[1];
  if (block === undefined) throw new Error(`the README has no commands under "${section}"`);
  return block.replace(/^export FAIRLEAD_URL=.*$/m, exported);
}

async function paste(command: string) {
  const { stdout } = await promisify(execFile)('bash', ['-euc', command]);
  return JSON.parse(stdout);
}

test('the commands under "Use" add a job, find it done, and change a workspace', async () => {
  const [address, add, list, change] = commands('Use', await serve()).split('\n\n');
  const pasted = (command: string | undefined) => paste(`${address}\n${command}`);

  const added = await pasted(add);
  expect(added).toEqual({ id: expect.any(String), state: 'waiting', position: 1 });
  let jobs: { id: string; state: string }[] = [];
  await until('the job is done', async () => {
    ({ jobs } = await pasted(list));
    return jobs[0]?.state === 'succeeded';
  });
  expect(jobs).toMatchObject([{ id: added.id, type: 'demo.echo', result: { hello: 'world' } }]);
  // With an address set, the command line takes nothing from the stack's own file: the line must have them all.
  const asked = `curl -s "$FAIRLEAD_CONTROLLER_URL/v1/capacity" -H "authorization: Bearer $FAIRLEAD_API_KEY"`;
  expect(await pasted(asked)).toHaveProperty('capacity');
  const { settings } = await pasted(change);
  expect(settings).toMatchObject({ weight: 4, concurrency: 20, ratePerSecond: 50, burst: 100 });
}, 300_000);
