import { expect, test } from '@jest/globals';
import { settled } from './fakes/fake-clock.ts';
import { held, testReplica } from './fakes/test-replica.ts';

const ids = (open: readonly { id: string }[]) => open.map(({ id }) => id);

test('a job that was in flight when two replicas died runs alone, and nothing is claimed beside it', async () => {
  const { handler, open } = held();
  const { claimer, clock, replica, start, claims } = testReplica({ work: handler }, { concurrency: 8 });
  claimer.add({ id: 'plain-1' });
  claimer.add({ id: 'suspect', stalledCount: 2 });
  claimer.add({ id: 'plain-2' });
  await start();
  expect(ids(open)).toEqual(['plain-1', 'plain-2']);
  claimer.add({ id: 'later' });
  await clock.advance(5_000);
  expect(claims()).toEqual(['claim 8']);

  open[0]?.end();
  open[1]?.end();
  await settled();
  expect(ids(open)).toEqual(['plain-1', 'plain-2', 'suspect']);
  expect(replica.state().running).toBe(1);
  await clock.advance(5_000);
  expect(claims()).toEqual(['claim 8']);

  open[2]?.end();
  await clock.advance(10);
  expect(ids(open)).toContain('later');
});

test('one death makes no suspect: everybody who was in flight then has had one', async () => {
  const { handler, open } = held();
  const { claimer, start } = testReplica({ work: handler });
  claimer.add({ id: 'a', stalledCount: 1 });
  claimer.add({ id: 'b', stalledCount: 1 });
  await start();
  expect(ids(open)).toEqual(['a', 'b']);
});

test('a job that was in flight when three replicas died is a dead letter, and is not run a fourth time', async () => {
  const { handler, open } = held();
  const { claimer, start, finishes } = testReplica({ work: handler });
  claimer.add({ id: 'poison', stalledCount: 3 });
  await start();
  expect(open).toEqual([]);
  expect(finishes()).toMatchObject([{ outcome: 'dead', reason: 'poison' }]);
  expect(claimer.deeds).toMatchObject([
    {
      verb: 'fail',
      id: 'poison',
      retry: false,
      message: 'The replica died or stood still 3 times while it ran this job',
    },
  ]);
});

test('of several suspects one is kept and the others go back before it runs: a death counts for all that is held', async () => {
  const { handler, open } = held();
  const { claimer, start } = testReplica({ work: handler }, { concurrency: 8 });
  for (const id of ['s1', 's2', 's3']) claimer.add({ id, stalledCount: 2 });
  claimer.add({ id: 'plain' });
  await start();
  expect(claimer.deeds).toEqual([
    { verb: 'postpone', id: 's2', delayMs: 0 },
    { verb: 'postpone', id: 's3', delayMs: 0 },
  ]);
  expect(ids(open)).toEqual(['plain']);
  open[0]?.end();
  await settled();
  expect(ids(open)).toEqual(['plain', 's1']);
});

test('a suspect waits until Redis has been told of everything else', async () => {
  const { handler, open } = held();
  const { claimer, start, clock } = testReplica({ work: handler });
  claimer.add({ id: 'plain' });
  claimer.add({ id: 'suspect', stalledCount: 2 });
  await start();
  claimer.freeze();
  open[0]?.end();
  await clock.advance(1_000);
  expect(ids(open)).toEqual(['plain']);
  await claimer.mend();
  await clock.advance(10);
  expect(ids(open)).toEqual(['plain', 'suspect']);
});

test('a drain puts a waiting suspect back', async () => {
  const { handler, open } = held();
  const { claimer, replica, start, clock } = testReplica({ work: handler });
  claimer.add({ id: 'plain' });
  claimer.add({ id: 'suspect', stalledCount: 2 });
  await start();
  const drained = replica.drain(10_000);
  await settled();
  expect(claimer.deeds).toEqual([{ verb: 'postpone', id: 'suspect', delayMs: 0 }]);
  open[0]?.end();
  await clock.advance(100);
  expect(await drained).toMatchObject({ finished: 1, putBack: 1 });
});
