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

test('a job that is to blame for the deaths is a dead letter, and is not run again', async () => {
  const { handler, open } = held();
  const { claimer, start, finishes } = testReplica({ work: handler });
  claimer.add({ id: 'poison', stalledCount: 3, poison: true });
  await start();
  expect(open).toEqual([]);
  expect(finishes()).toMatchObject([{ outcome: 'dead', reason: 'poison' }]);
  expect(claimer.deeds).toMatchObject([
    {
      verb: 'fail',
      id: 'poison',
      retry: false,
      message: 'The replica died or stood still 3 times while it held this job, at last while it ran alone',
    },
  ]);
});

test('a suspect that is not to blame runs, however often it was in dying replicas', async () => {
  const { handler, open } = held();
  const { claimer, start } = testReplica({ work: handler });
  claimer.add({ id: 'unlucky', stalledCount: 9 });
  await start();
  expect(ids(open)).toEqual(['unlucky']);
});

test('a suspect begins when Redis knows that it does; a drain that comes before puts it back', async () => {
  const { handler, open } = held();
  const { claimer, replica, start } = testReplica({ work: handler });
  claimer.add({ id: 'plain' });
  claimer.add({ id: 'suspect', stalledCount: 2 });
  await start();
  open[0]?.end();
  claimer.holdNotes();
  await settled();
  expect(ids(open)).toEqual(['plain']);
  const drained = replica.drain(10_000);
  await settled();
  expect(claimer.deeds.at(-1)).toEqual({ verb: 'postpone', id: 'suspect', delayMs: 0 });
  await claimer.mend();
  expect(await drained).toMatchObject({ putBack: 1 });
  expect(ids(open)).toEqual(['plain']);
});

test('a suspect whose lock is lost is not started', async () => {
  const { handler, open } = held();
  const { claimer, clock, start, finishes } = testReplica({ work: handler });
  const suspect = claimer.add({ id: 'suspect', stalledCount: 2 });
  suspect.lock.abort(new Error('lost'));
  await start();
  expect(finishes()).toMatchObject([{ outcome: 'lost_lock' }]);
  claimer.add({ id: 'next' });
  await clock.advance(10);
  expect(ids(open)).toEqual(['next']);
});

test('a suspect goes back when Redis could not be told that it begins', async () => {
  const { handler, open } = held();
  const { claimer, start, warnings } = testReplica({ work: handler });
  claimer.breakDown(['noteAlone']);
  claimer.add({ id: 'suspect', stalledCount: 2 });
  await start();
  expect(open).toEqual([]);
  expect(claimer.deeds).toEqual([{ verb: 'postpone', id: 'suspect', delayMs: 0 }]);
  expect(warnings).toHaveLength(1);
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

test('Redis is told of suspects only', async () => {
  const { handler, open } = held();
  const { claimer, start } = testReplica({ work: handler });
  claimer.add({ id: 'plain', stalledCount: 1 });
  await start();
  expect(ids(open)).toEqual(['plain']);
  expect(claimer.calls).not.toContain('noteAlone');
});

test('a suspect that comes to an idle replica runs at once', async () => {
  const { handler, open } = held();
  const { claimer, start } = testReplica({ work: handler });
  await start();
  claimer.add({ id: 'suspect', stalledCount: 2 });
  await settled();
  expect(ids(open)).toEqual(['suspect']);
});
