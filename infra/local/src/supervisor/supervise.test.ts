import { expect, test } from '@jest/globals';
import { until } from '../../test/until.ts';
import type { ProcessExit } from '../servers/owned-process.ts';
import { type Part, type PartEvent, type Running, supervise } from './supervise.ts';

const policy = { firstDelayMs: 1, maxDelayMs: 8, forgetAfterHealthyMs: 60_000 };

/** A part whose launches and crashes the test decides. */
function fakePart() {
  const launches: { crash(exit: ProcessExit): void; stopped: boolean; killed: boolean }[] = [];
  let failing: string | undefined;
  let gate: Promise<void> = Promise.resolve();
  const part: Part = {
    name: 'fake',
    launch: async () => {
      await gate;
      if (failing !== undefined) throw new Error(failing);
      const { promise, resolve } = Promise.withResolvers<ProcessExit>();
      const launch = { crash: resolve, stopped: false, killed: false };
      launches.push(launch);
      const running: Running = {
        detail: `launch ${launches.length}`,
        exited: promise,
        lastLines: () => ['one', 'two'],
        stop: async () => {
          launch.stopped = true;
          resolve({ code: 0, signal: null });
        },
        kill: () => {
          launch.killed = true;
          resolve({ code: null, signal: 'SIGKILL' });
        },
      };
      return running;
    },
  };
  return {
    part,
    launches,
    failWith: (message: string | undefined) => {
      failing = message;
    },
    holdLaunches: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
  };
}

function supervised() {
  const fake = fakePart();
  const events: PartEvent[] = [];
  return { ...fake, events, it: supervise(fake.part, policy, (event) => events.push(event)) };
}

test('a crash is reported with its last lines and answered by a restart', async () => {
  const { it, launches, events } = supervised();
  expect(await it.start()).toBe('launch 1');
  launches[0]?.crash({ code: null, signal: 'SIGSEGV' });
  await until('it is back', () => events.length === 2);
  expect(events).toEqual([
    { kind: 'crashed', name: 'fake', why: 'ended with SIGSEGV', lastLines: ['one', 'two'], restartInMs: 1 },
    { kind: 'restarted', name: 'fake', detail: 'launch 2' },
  ]);
  await it.stop();
  expect(launches.map(({ stopped }) => stopped)).toEqual([false, true]);
});

test('restarts that fail are repeated with a growing delay', async () => {
  const { it, launches, events, failWith } = supervised();
  await it.start();
  failWith('the port is taken');
  launches[0]?.crash({ code: 1, signal: null });
  await until('it has failed four times', () => events.length >= 4);
  failWith(undefined);
  await until('it is back', () => events.at(-1)?.kind === 'restarted');
  const crashes = events.filter((event) => event.kind === 'crashed');
  expect(crashes.slice(0, 4).map(({ restartInMs }) => restartInMs)).toEqual([1, 2, 4, 8]);
  expect(crashes[1]?.why).toBe('the port is taken');
  await it.stop();
});

test('a first launch that fails is the caller’s, and is not repeated', async () => {
  const { it, events, failWith } = supervised();
  failWith('no configuration');
  await expect(it.start()).rejects.toThrow('no configuration');
  await it.stop();
  expect(events).toEqual([]);
});

test('an asked stop is no crash', async () => {
  const { it, launches, events } = supervised();
  await it.start();
  await it.stop();
  expect([launches.length, launches[0]?.stopped, events]).toEqual([1, true, []]);
});

test('a stop while it waits for its restart restarts nothing', async () => {
  const { part, launches } = fakePart();
  const events: PartEvent[] = [];
  const it = supervise(part, { ...policy, firstDelayMs: 60_000, maxDelayMs: 60_000 }, (event) =>
    events.push(event),
  );
  await it.start();
  launches[0]?.crash({ code: 1, signal: null });
  await until('it has crashed', () => events.length === 1);
  await it.stop();
  expect([launches.length, events.length]).toEqual([1, 1]);
});

test('a stop during a launch stops what comes of it', async () => {
  const { it, launches, holdLaunches } = supervised();
  const open = holdLaunches();
  const start = it.start();
  const stop = it.stop();
  open();
  await Promise.all([start, stop]);
  expect(launches[0]?.stopped).toBe(true);
});

test('hurrying kills what runs', async () => {
  const { it, launches, events } = supervised();
  await it.start();
  it.hurry();
  await it.stop();
  expect([launches[0]?.killed, events]).toEqual([true, []]);
});
