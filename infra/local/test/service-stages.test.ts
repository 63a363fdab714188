/** The supervisor with real processes: small services with bad habits. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type ServiceOptions, servicePart } from '../src/supervisor/service-part.ts';
import { type Stage, startStages } from '../src/supervisor/stages.ts';
import { type PartEvent, supervise } from '../src/supervisor/supervise.ts';
import { isAlive, until } from './until.ts';

const script = fileURLToPath(new URL('./fakes/service.ts', import.meta.url));
const policy = { firstDelayMs: 1, maxDelayMs: 100, forgetAfterHealthyMs: 60_000 };

let folder: string;
let events: PartEvent[];
let shown: string[];
let warnings: string[];
let running: ReturnType<typeof startStages> | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fairlead-stages-'));
  events = [];
  shown = [];
  warnings = [];
});
afterEach(async () => {
  running?.hurry();
  await running?.stop();
  running = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const reporter = {
  begin: (name: string) => ({
    done: (detail: string) => shown.push(`${name}: ${detail.replace(/\d{4,5}/, 'PORT')}`),
    failed: (why: string) => shown.push(`${name}: ${why}`),
    cancelled: () => shown.push(`${name}: cancelled`),
  }),
};

function service(name: string, habit = '', options: Partial<ServiceOptions> = {}) {
  return servicePart({
    name,
    script,
    env: () => ({
      ...process.env,
      PORT: '0',
      FAKE_NAME: name,
      FAKE_HABIT: habit,
      FAKE_JOURNAL: join(folder, 'journal'),
    }),
    logFile: join(folder, `${name}.log`),
    readyDeadlineMs: 60_000,
    stopDeadlineMs: 30_000,
    onLog: (line) => {
      if ((line.level ?? 0) >= 40) warnings.push(String(line.msg));
    },
    ...options,
  });
}

const stage = (...parts: ReturnType<typeof service>[]): Stage => ({
  kind: 'parts',
  parts: parts.map((part) => supervise(part, policy, (event) => events.push(event))),
});
const journal = () => readFileSync(join(folder, 'journal'), 'utf8').trim().split('\n');
const pidAt = async (url: string) => ((await (await fetch(url)).json()) as { pid: number }).pid;

test('stages start in order and stop in reverse, with tasks in between', async () => {
  const [a, b, c] = [service('a'), service('b'), service('c')];
  const done: string[] = [];
  const task: Stage = {
    kind: 'task',
    name: 'between',
    run: async () => {
      done.push(...journal());
      return 'ran';
    },
  };
  running = startStages([stage(a), task, stage(b), stage(c)], reporter);
  expect(await running.started).toEqual({ outcome: 'started' });
  expect(done).toEqual(['start a']);
  const pids = await Promise.all([a, b, c].map((part) => pidAt(part.url())));
  await running.stop();
  expect(journal()).toEqual(['start a', 'start b', 'start c', 'stop c', 'stop b', 'stop a']);
  expect(pids.filter(isAlive)).toEqual([]);
  expect(shown).toEqual([
    'a: http://127.0.0.1:PORT',
    'between: ran',
    'b: http://127.0.0.1:PORT',
    'c: http://127.0.0.1:PORT',
    'c: stopped',
    'b: stopped',
    'a: stopped',
  ]);
});

test('a crashed service comes back on its port, and its last lines are reported', async () => {
  const part = service('a');
  running = startStages([stage(part)], reporter);
  await running.started;
  const url = part.url();
  const before = await pidAt(url);
  await fetch(`${url}/crash`).catch(() => {});
  await until('it is back', () => events.at(-1)?.kind === 'restarted');
  expect(events[0]).toMatchObject({ kind: 'crashed', name: 'a', why: 'ended with code 7' });
  expect(events[0]?.kind === 'crashed' && events[0].lastLines).toContain('Error: out of cheese');
  expect(part.url()).toBe(url);
  expect(await pidAt(url)).not.toBe(before);
  await until('the log has it', () => readFileSync(join(folder, 'a.log'), 'utf8').includes('out of cheese'));
});

test('a service that fails at its start fails the stack, with the reason', async () => {
  const first = service('first');
  running = startStages(
    [stage(first), stage(service('second', 'fails at start')), stage(service('third'))],
    reporter,
  );
  expect(await running.started).toEqual({
    outcome: 'failed',
    name: 'second',
    why: expect.stringMatching(/ended with code 1 while it was starting[\s\S]*DATABASE_URL is missing/),
  });
  await running.stop();
  expect(journal()).toEqual(['start first', 'stop first']);
  expect(shown.slice(1)).toEqual(['second: failed', 'first: stopped']);
});

test('a service that does not become ready fails the stack with what its readiness said', async () => {
  running = startStages([stage(service('slow', 'never ready', { readyDeadlineMs: 5_000 }))], reporter);
  expect(await running.started).toMatchObject({
    outcome: 'failed',
    why: expect.stringContaining('is not ready after 5 s: Redis does not answer'),
  });
});

test('a service that does not heed SIGTERM is killed after its deadline', async () => {
  const part = service('deaf', 'does not stop', { stopDeadlineMs: 100 });
  running = startStages([stage(part)], reporter);
  await running.started;
  const pid = await pidAt(part.url());
  await running.stop();
  expect(isAlive(pid)).toBe(false);
});

test('hurrying ends services that would take long', async () => {
  const parts = [
    service('deaf-1', 'does not stop', { stopDeadlineMs: 60_000 }),
    service('deaf-2', 'does not stop'),
  ];
  running = startStages([stage(...parts)], reporter);
  await running.started;
  const pids = await Promise.all(parts.map((part) => pidAt(part.url())));
  const stop = running.stop();
  running.hurry();
  await stop;
  expect(pids.filter(isAlive)).toEqual([]);
});

test('a stop during the start begins no further stage and leaves nothing running', async () => {
  running = startStages([stage(service('a', 'never ready')), stage(service('b'))], reporter);
  await until('it has started its first process', () => {
    try {
      return journal().includes('start a');
    } catch {
      return false;
    }
  });
  await running.stop();
  expect(await running.started).toEqual({ outcome: 'stopped' });
  expect(journal()).toEqual(['start a', 'stop a']);
});

test('warnings in the log of a service are handed on', async () => {
  const part = service('a');
  running = startStages([stage(part)], reporter);
  await running.started;
  await fetch(`${part.url()}/warn`);
  await until('the warning is there', () => warnings.length > 0);
  expect(warnings).toEqual(['the milk is sour']);
});
