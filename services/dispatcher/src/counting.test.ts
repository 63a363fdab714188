import { FairleadError, NO_COUNTS } from '@fairlead/core';
import { problem } from '@fairlead/http';
import type { DispatchWindow, FunctionRun } from '@fairlead/ledger';
import { createTally } from '@fairlead/scheduler';
import { expect, test } from '@jest/globals';
import { countDispatched, counting } from './counting.ts';
import type { Acceptance } from './intake.ts';

const jobs = ['acme', 'acme', 'beta', 'beta', 'beta'].map((workspace) => ({
  ...{ workspace, type: 't', payload: {} },
}));
const accepted: Acceptance = { outcome: 'accepted', id: '1', state: 'waiting', position: 1 };

test('what is accepted counts, and of what is refused only what no sender can help and nobody wants', async () => {
  const tally = createTally();
  const answers: Acceptance[] = [
    accepted,
    { outcome: 'duplicate', id: '1', state: 'waiting' },
    accepted,
    { outcome: 'refused', problem: problem('BACKLOG_FULL', 'no room') },
    { outcome: 'refused', problem: problem('REDIS_REFUSED', 'no memory') },
    { outcome: 'refused', problem: problem('REDIS_PRESSURE', 'full') },
  ];
  const more = [...jobs, { workspace: 'beta', type: 't', payload: {} }];
  expect(await counting({ accept: async () => answers }, tally).accept(more)).toBe(answers);
  expect(tally.take()).toEqual(
    new Map([
      ['acme', { ...NO_COUNTS, enqueues: 1 }],
      ['beta', { ...NO_COUNTS, enqueues: 1, enqueueFailures: 1 }],
    ]),
  );
});

test('a fault that ends the whole request counts for each of its jobs', async () => {
  const tally = createTally();
  const fails = (error: Error) => counting({ accept: () => Promise.reject(error) }, tally).accept(jobs);
  await expect(fails(new FairleadError('WORKSPACE_NAME_INVALID', 'no name'))).rejects.toThrow('no name');
  expect(tally.isEmpty()).toBe(true);
  await expect(fails(new FairleadError('REDIS_UNAVAILABLE', 'away'))).rejects.toThrow('away');
  await expect(fails(new TypeError('a bug'))).rejects.toThrow('a bug');
  expect(tally.take().get('beta')).toEqual({ ...NO_COUNTS, enqueueFailures: 6 });
});

test('a window that was not dispatched is a failure of all its jobs, unless it was refused for what it asks', () => {
  const tally = createTally();
  const refused = problem('BACKLOG_FULL', 'no room');
  countDispatched(tally, jobs, { mode: 'refused', problem: refused });
  expect(tally.isEmpty()).toBe(true);
  const failed = problem('DISPATCH_FAILED', 'Redis is away');
  countDispatched(tally, jobs, { mode: 'dispatch-failed', dispatchKey: 'k', problem: failed });
  expect(tally.take().get('acme')).toEqual({ ...NO_COUNTS, enqueueFailures: 2 });
});

test('of a window that goes both ways what the queue did not take in time is a failure', () => {
  const tally = createTally();
  const ran = { window: {} as DispatchWindow, run: {} as FunctionRun, jobs: [] };
  countDispatched(tally, jobs, { mode: 'inline-forced', ...ran, notInTime: new Set(['acme']) });
  expect(tally.take()).toEqual(
    new Map([
      ['acme', { ...NO_COUNTS, enqueueFailures: 2 }],
      ['beta', { ...NO_COUNTS, enqueues: 3 }],
    ]),
  );
});
