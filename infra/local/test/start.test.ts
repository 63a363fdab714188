/** The whole cluster, as `npm start -- --no-demo` runs it. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import { type OwnedProcess, startOwnedProcess } from '../src/servers/owned-process.ts';
import { isAlive, until } from './until.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const running: OwnedProcess[] = [];

afterEach(async () => {
  for (const one of running.splice(0)) await one.stop(15_000);
});

async function start(env: NodeJS.ProcessEnv = {}) {
  const lines: string[] = [];
  const it = await startOwnedProcess({
    command: process.execPath,
    args: ['--conditions=development', main, '--no-demo'],
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: undefined, REDIS_URL: undefined, ...env },
    stopSignal: 'SIGTERM',
    onLine: (line) => lines.push(line.trim()),
  });
  running.push(it);
  const wrote = () => lines.join('\n');
  const serving = () => lines.some((line) => line.startsWith('Serving until Ctrl-C'));
  await until(`it serves. It wrote:\n${wrote()}`, () => serving() || it.hasExited(), 150_000);
  if (!serving()) throw new Error(`It ended. It wrote:\n${wrote()}`);
  const wordAfter = (name: string) =>
    lines
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length)
      .trim()
      .split(' ')[0] ?? '';
  return {
    it,
    lines,
    api: wordAfter('API'),
    authorization: { authorization: `Bearer ${/FAIRLEAD_API_KEY=(\S+)/.exec(wrote())?.[1]}` },
    board: wordAfter('board'),
    logs: resolve(root, wordAfter('logs')),
  };
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** The processes that `pid` started, and theirs. From /proc where there is one: a bare Debian has no ps. */
function descendants(pid: number): Process[] {
  const all = existsSync('/proc/self/stat') ? fromProc() : fromPs();
  const below = (parent: number): Process[] =>
    all.filter((one) => one.parent === parent).flatMap((one) => [one, ...below(one.pid)]);
  return below(pid);
}

function fromProc(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return [{ pid: Number(name), parent: Number(parent), command }];
      } catch {
        return [];
      }
    });
}

function fromPs(): Process[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [, pid, parent, command = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return { pid: Number(pid), parent: Number(parent), command };
  });
}

test('it serves, restarts what crashes, and leaves nothing when it is stopped', async () => {
  const { it, lines, api, board, logs } = await start();
  expect((await fetch(`${api}/readyz`)).status).toBe(200);
  expect((await fetch(`${board}/queues`, { redirect: 'manual' })).status).toBe(401);
  const processes = descendants(it.pid);
  const replicas = processes.filter(({ command }) => command.includes('services/consumer'));
  expect(replicas).toHaveLength(2);
  expect(processes.some(({ command }) => /\b6379\b/.test(command))).toBe(false);

  process.kill(replicas[0]?.pid ?? 0, 'SIGKILL');
  await until('the replica is back', () => lines.some((line) => /consumer-\d +is back/.test(line)), 60_000);
  expect(lines.some((line) => /consumer-\d +ended with SIGKILL; starting again in 0\.5 s/.test(line))).toBe(
    true,
  );

  const all = [...processes, ...descendants(it.pid)];
  expect(existsSync(logs)).toBe(true);
  it.kill('SIGINT');
  expect(await it.exited).toEqual({ code: 0, signal: null });
  await until('nothing runs any more', () => !all.some(({ pid }) => isAlive(pid)));
  expect(existsSync(dirname(logs)) && existsSync(`${dirname(logs)}/redis`)).toBe(false);
}, 300_000);

test('npx fairlead finds a stack of its clone, by a file that only its owner may read', async () => {
  const { it, api, authorization, logs } = await start();
  const file = `${dirname(logs)}/access.json`;
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const { apiKey, ...access } = JSON.parse(readFileSync(file, 'utf8'));
  expect(authorization).toEqual({ authorization: `Bearer ${apiKey}` });
  expect(access).toEqual({
    url: api,
    controllerUrl: expect.stringMatching(/^http:/),
    databaseUrl: expect.stringMatching(/^postgresql:/),
    redisUrl: expect.stringMatching(/^redis:/),
  });

  const command = resolve(root, 'packages/cli/bin/fairlead.mjs');
  const doctor = () =>
    spawnSync(process.execPath, [command, 'doctor', '--json'], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] },
    });
  // Of the stacks of this clone, and other tests start some too, the last one is asked: it may end just then.
  await until(
    'the doctor finds everything',
    () => {
      const { status, stdout } = doctor();
      return status === 0 && !stdout.includes('skipped');
    },
    90_000,
  );

  it.kill('SIGINT');
  await it.exited;
  expect(existsSync(file)).toBe(false);
}, 300_000);

test('a handlers file anywhere in the clone runs in it', async () => {
  mkdirSync(resolve(root, '.fairlead'), { recursive: true });
  const folder = mkdtempSync(resolve(root, '.fairlead/handlers-'));
  try {
    const source = [
      "import { defineHandlers } from '@fairlead/consumer';",
      "import { z } from 'zod';",
      'const input = z.object({ to: z.string() });',
      "export default defineHandlers({ greet: { input, run: (job) => 'Hello, ' + job.input.to } });",
    ];
    writeFileSync(`${folder}/handlers.ts`, source.join('\n'));
    const { api, authorization } = await start({
      FAIRLEAD_HANDLERS: relative(root, `${folder}/handlers.ts`),
    });
    const added = await fetch(`${api}/v1/workspaces/acme/jobs`, {
      method: 'POST',
      body: '{"type": "greet", "payload": {"to": "Ada"}}',
      headers: { 'content-type': 'application/json', ...authorization },
    });
    const { id } = (await added.json()) as { id: string };
    await until('the job is done', async () => {
      const job = await fetch(`${api}/v1/workspaces/acme/jobs/${id}`, { headers: authorization });
      return (await job.text()).includes('"result":"Hello, Ada"');
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 300_000);

test('two run side by side', async () => {
  const [one, other] = await Promise.all([start(), start()]);
  expect(one.api).not.toBe(other.api);
  await fetch(`${one.api}/v1/workspaces/only-here`, {
    method: 'PATCH',
    body: '{"weight":3}',
    headers: { 'content-type': 'application/json', ...one.authorization },
  });
  const listed = async ({ api, authorization }: typeof one) =>
    await (await fetch(`${api}/v1/workspaces`, { headers: authorization })).text();
  expect(await listed(one)).toContain('only-here');
  expect(await listed(other)).not.toContain('only-here');
  const stranger = await fetch(`${other.api}/v1/workspaces`, { headers: one.authorization });
  expect(stranger.status).toBe(401);
}, 300_000);

test('a --json file that cannot be written is told before anything is started', () => {
  const args = ['--conditions=development', main, '--once', '--json', '/nonexistent/folder/out.json'];
  const run = spawnSync(process.execPath, args, { encoding: 'utf8', cwd: root });
  expect(run.status).toBe(2);
  expect(run.stdout).toBe('');
  expect(run.stderr).toContain('--json cannot write /nonexistent/folder/out.json');
});
