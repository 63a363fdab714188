import { existsSync } from 'node:fs';
import { afterEach, expect, test } from '@jest/globals';
import { startProcess, type TestProcess, waitFor } from '../src/index.ts';

const script = (name: string) => new URL(`./scripts/${name}.ts`, import.meta.url);
let running: TestProcess | undefined;

afterEach(async () => {
  await running?.stop();
  running = undefined;
});

test('a process is there when it listens, with its environment, and stops in order', async () => {
  running = await startProcess(script('server'), { env: { GREETING: 'hello' } });
  expect(await (await fetch(running.url)).text()).toBe('hello');
  expect(await running.stop()).toEqual({ code: 3, signal: null });
  expect(running.output()).toContain('leaving');
  expect(running.logs()).toEqual([{ msg: 'listening', url: running.url }]);
});

test('a killed process is gone when kill resolves', async () => {
  running = await startProcess(script('server'));
  await running.kill('SIGKILL');
  expect(await running.exited).toEqual({ code: null, signal: 'SIGKILL' });
  await expect(fetch(running.url)).rejects.toThrow();
});

test('a process that ends before it listens is reported with what it wrote', async () => {
  await expect(startProcess(script('fails'))).rejects.toThrow(
    /ended before it was listening[\s\S]*there is no such setting/,
  );
});

test('servers and their data go when the process that owns them is killed', async () => {
  running = await startProcess(script('owner'));
  const [log] = running.logs() as { redisPid: number; postgresData: string; postgresPort: number }[];
  expect(log).toBeDefined();
  expect(() => process.kill(log!.redisPid, 0)).not.toThrow();
  await running.kill('SIGKILL');
  const alive = (pid: number) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  await waitFor(() => !alive(log!.redisPid), { what: 'Redis has ended' });
  await waitFor(() => !existsSync(log!.postgresData), { what: 'the data of PostgreSQL is removed' });
});
