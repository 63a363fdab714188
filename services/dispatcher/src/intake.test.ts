import { FairleadError } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import { fakeLedger, fakeScheduler, OPEN_ADMISSION } from '../test/fakes.ts';
import { createBacklogGate } from './backlog.ts';
import { createIntake } from './intake.ts';
import { createKnownWorkspaces } from './known-workspaces.ts';
import { createSettingsSync } from './settings-sync.ts';

function setUp() {
  const ledger = fakeLedger();
  const scheduler = fakeScheduler();
  const accepted: number[] = [];
  const known = createKnownWorkspaces({
    ledger,
    sync: createSettingsSync({ scheduler, ledger }),
    now: () => 0,
  });
  const intake = createIntake({
    known,
    gate: createBacklogGate(scheduler),
    admission: OPEN_ADMISSION,
    producer: { add: (jobs) => scheduler.add(jobs) },
    metrics: { accepted: (jobs) => void accepted.push(jobs) },
  });
  const limit = async (slug: string, maxBacklog: number) => {
    await ledger.ensure([slug]);
    known.learn(ledger.set(slug, { maxBacklog }));
  };
  return { scheduler, intake, accepted, limit };
}
const job = (workspace: string) => ({ workspace, type: 't', payload: {} });

test('an accepted job has a version 7 UUID, its state and its place', async () => {
  const { scheduler, intake, accepted } = setUp();
  const answers = await intake.accept([job('acme'), { ...job('acme'), delayMs: 5 }]);
  const id = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(answers).toEqual([
    { outcome: 'accepted', id, state: 'waiting', position: 1 },
    { outcome: 'accepted', id, state: 'delayed', position: 0 },
  ]);
  expect(scheduler.added.map(({ id }) => id)).toEqual(
    answers.map((answer) => answer.outcome === 'accepted' && answer.id),
  );
  expect(accepted).toEqual([2]);
});

test('nothing is accepted when Redis does not confirm', async () => {
  const { scheduler, intake, accepted } = setUp();
  await intake.accept([job('acme')]);
  scheduler.fail(new FairleadError('REDIS_UNAVAILABLE', 'down'));
  await expect(intake.accept([job('acme')])).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
  expect(accepted).toEqual([1]);
});

test('a full workspace is refused with the reason, and its neighbour is not', async () => {
  const { scheduler, intake, limit } = setUp();
  await limit('acme', 2);
  const answers = await intake.accept([job('acme'), job('beta'), job('acme'), job('acme'), job('beta')]);
  expect(answers.map(({ outcome }) => outcome)).toEqual([
    'accepted',
    'accepted',
    'accepted',
    'refused',
    'accepted',
  ]);
  expect(answers[3]).toMatchObject({ problem: { code: 'BACKLOG_FULL', status: 429, retryAfterSeconds: 1 } });
  expect(scheduler.added).toHaveLength(4);
});

test('there is room again once jobs have run, and far from the limit nothing is counted', async () => {
  const { scheduler, intake, limit } = setUp();
  await limit('acme', 3);
  for (let i = 0; i < 3; i++) await intake.accept([job('acme')]);
  expect(scheduler.counted()).toBe(0);
  expect(await intake.accept([job('acme')])).toMatchObject([{ outcome: 'refused' }]);
  scheduler.setWaiting('acme', 1);
  expect(await intake.accept([job('acme'), job('acme')])).toMatchObject([
    { outcome: 'accepted' },
    { outcome: 'accepted' },
  ]);
});

test('a limit of 0 takes nothing', async () => {
  const { intake, limit } = setUp();
  await limit('acme', 0);
  expect(await intake.accept([job('acme')])).toMatchObject([{ outcome: 'refused' }]);
});
