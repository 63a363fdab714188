/** The command as a process among others: terminals, pipes, signals, and how it is started. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { waitFor } from '@fairlead/testkit';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { BIN, end, fairlead, NODE, onTerminal } from './fairlead.ts';

// Each run is a process, and this machine may have others to run.
jest.setTimeout(240_000);

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const FLAGS = [
  {
    name: 'schedules-paused',
    value: true,
    source: 'set',
    updatedBy: 'key:1',
    updatedAt: '2026-03-01T12:00:00.000Z',
  },
  { name: 'redis-full-percent', value: 70, source: 'initial' },
];
const MANY = Array.from({ length: 500 }, (_, i) => ({
  id: `${i}`.padEnd(200, 'x'),
  type: 't',
  state: 'queued',
  attempts: 0,
  maxAttempts: 3,
  createdAt: null,
}));

let server: Server;
let env: Record<string, string>;
let asked = 0;
beforeAll(async () => {
  server = createServer((req, res) => {
    asked++;
    const path = req.url ?? '';
    // Somebody who never answers.
    if (path.includes('/silent')) return;
    res.writeHead(200, { 'content-type': 'application/json' });
    if (path === '/v1/flags') res.end(JSON.stringify({ flags: FLAGS }));
    else res.end(JSON.stringify({ jobs: MANY, nextCursor: 'more' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  env = {
    FAIRLEAD_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    FAIRLEAD_API_KEY: 'flk_x',
  };
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const ESCAPE = '\u001b[';
const isLinux = process.platform === 'linux';

// The `script` of other systems is another one.
(isLinux ? describe : describe.skip)('on a terminal', () => {
  const lines = ({ stdout }: { stdout: string }) => stdout.split('\r\n');

  test('a list is a table under headings, in colour', async () => {
    const shown = await onTerminal(['flags', 'list'], { env });
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain(`${ESCAPE}33mset`);
    expect(lines(shown)[0]).toContain('FLAG');
    expect(shown.stdout).toMatch(/schedules-paused {4}true {3}/);
    expect(shown.stdout).toContain(' ago');
  });

  test('NO_COLOR takes the colour away and leaves the table', async () => {
    const shown = await onTerminal(['flags', 'list'], { env: { ...env, NO_COLOR: '1' } });
    expect(shown.stdout).not.toContain(ESCAPE);
    expect(lines(shown)[0]).toMatch(/^FLAG {16}VALUE {2}SOURCE/);
  });

  test('of dead letters the error has the room of the columns that say nothing new', async () => {
    const shown = await onTerminal(['dead', 'list', 'acme'], { env: { ...env, NO_COLOR: '1' } });
    expect(lines(shown)[0]).toMatch(/^ID +TYPE +ATTEMPTS +FINISHED +LAST/);
  });

  test('an error is in colour too, and ends with its code', async () => {
    const shown = await onTerminal(['jbos'], { env });
    expect(shown).toMatchObject({
      code: 2,
      stdout: expect.stringContaining(`${ESCAPE}31merror:${ESCAPE}39m unknown`),
    });
  });

  test('JSON is never painted', async () => {
    const shown = await onTerminal(['flags', 'list', '--json'], { env });
    expect(JSON.parse(shown.stdout)).toEqual({ flags: FLAGS });
  });
});

describe('in a pipe', () => {
  test('a list is plain lines', async () => {
    expect(await fairlead(['flags', 'list'], { env })).toMatchObject({
      code: 0,
      stdout:
        'schedules-paused\ttrue\tset\tkey:1\t2026-03-01T12:00:00.000Z\t\n' +
        'redis-full-percent\t70\tinitial\t\t\t\n',
      stderr: '',
    });
  });

  test('FORCE_COLOR paints what has a colour, help too', async () => {
    const forced = { ...env, FORCE_COLOR: '1' };
    expect((await fairlead(['--help'], { env: forced })).stdout).toContain(`${ESCAPE}1mUsage:`);
    expect((await fairlead(['jbos'], { env: forced })).stderr).toContain(`${ESCAPE}31merror:`);
    expect((await fairlead(['--help'], { env })).stdout).not.toContain(ESCAPE);
  });

  test('a reader who leaves ends it quietly, and it asks for no more', async () => {
    const before = asked;
    const script = 'set -o pipefail; "$0" "$@" | head -n 1';
    const ended = await end('bash', ['--norc', '-c', script, NODE, BIN, 'jobs', 'list', 'acme', '--all'], {
      env,
    });
    expect(ended).toMatchObject({ code: 141, stderr: '' });
    expect(ended.stdout.split('\n')).toHaveLength(2);
    expect(asked - before).toBeLessThan(20);
  });
});

describe('a signal', () => {
  /** Sends it once the command has come as far as `when` says. */
  async function signalled(
    args: readonly string[],
    signal: NodeJS.Signals,
    when: (stdout: string) => boolean,
  ): Promise<{ code: number | null; stderr: string }> {
    const child = spawn(NODE, [BIN, ...args], { env: { PATH: process.env['PATH'] ?? '', ...env } });
    const written = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].on('data', (chunk) => {
        written[name] += chunk;
      });
    }
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    await waitFor(() => when(written.stdout), { what: `${args[1]} is under way`, deadlineMs: 60_000 });
    child.kill(signal);
    return { code: await ended, stderr: written.stderr };
  }

  test('Ctrl-C ends a request that is under way: 130', async () => {
    const before = asked;
    expect(await signalled(['jobs', 'list', 'silent'], 'SIGINT', () => asked > before)).toEqual({
      code: 130,
      stderr: 'error: Interrupted.\n',
    });
  });

  test('SIGTERM does so too: 143', async () => {
    const before = asked;
    expect(await signalled(['jobs', 'list', 'silent'], 'SIGTERM', () => asked > before)).toMatchObject({
      code: 143,
    });
  });

  test('Ctrl-C ends the wait for more lines', async () => {
    const args = ['jobs', 'add', 'acme', '--from', '-', '--json'];
    expect(await signalled(args, 'SIGINT', (stdout) => stdout.includes('results'))).toEqual({
      code: 130,
      stderr: 'error: Interrupted.\n',
    });
  });
});

describe('started', () => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

  test('as npx fairlead, anywhere in the repository', async () => {
    const ended = await end('npx', ['fairlead', '--version'], {
      env: { HOME: process.env['HOME'] ?? '' },
      cwd: `${ROOT}docs`,
    });
    expect(ended).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  test('under a Node that runs no TypeScript, the one of the repository takes over', async () => {
    const ended = await end(NODE, ['--no-strip-types', BIN, 'jobs', '--bad'], {});
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining("unknown option '--bad'") });
  });
});
