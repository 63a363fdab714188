import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { settled } from './fakes/fake-clock.ts';
import { held, testReplica } from './fakes/test-replica.ts';

describe('pulling', () => {
  test('asks for as many jobs as it has free slots and never runs more', async () => {
    const { handler, open } = held();
    const { claimer, replica, start, claims } = testReplica({ work: handler }, { concurrency: 4 });
    for (let i = 0; i < 10; i++) claimer.add();
    await start();
    expect(claims()).toEqual(['claim 4']);
    expect(replica.state()).toMatchObject({ running: 4, claimed: 4 });
    expect(open).toHaveLength(4);
    expect(claimer.waiting()).toBe(6);
  });

  test('a full replica asks for nothing until a finish frees a slot', async () => {
    const { handler, open } = held();
    const { claimer, clock, start, claims } = testReplica({ work: handler }, { concurrency: 2 });
    for (let i = 0; i < 5; i++) claimer.add();
    await start();
    await clock.advance(60_000);
    expect(claims()).toEqual(['claim 2']);
    open[0]?.end();
    await clock.advance(10);
    expect(claims()).toEqual(['claim 2', 'claim 1']);
    expect(open).toHaveLength(3);
  });

  test('a replica with a share runs no more than that, however many slots it has', async () => {
    const { handler, open } = held();
    const { claimer, clock, replica, start, claims } = testReplica({ work: handler }, { concurrency: 64 });
    for (let i = 0; i < 20; i++) claimer.add();
    replica.obey(3);
    await start();
    expect(claims()).toEqual(['claim 3']);
    // Less: nobody is stopped, and nothing is claimed before there is room again.
    replica.obey(1);
    open[0]?.end();
    open[1]?.end();
    await clock.advance(60_000);
    expect(claims()).toEqual(['claim 3']);
    expect(replica.state()).toMatchObject({ running: 1, limit: 1, concurrency: 64, healthy: true });
    open[2]?.end();
    await clock.advance(10);
    expect(claims()).toEqual(['claim 3', 'claim 1']);
    // More: it asks at once.
    replica.obey(undefined);
    await clock.advance(10);
    expect(claims()).toEqual(['claim 3', 'claim 1', 'claim 63']);
  });

  test('a replica whose share is nothing waits, is healthy, and goes on when it gets one', async () => {
    const { handler } = held();
    const { claimer, clock, replica, start, claims } = testReplica({ work: handler }, { concurrency: 4 });
    claimer.add();
    replica.obey(0);
    await start();
    await clock.advance(60_000);
    expect(claims()).toEqual([]);
    expect(replica.state()).toMatchObject({ running: 0, limit: 0, healthy: true });
    replica.obey(2);
    await clock.advance(10);
    expect(replica.state().running).toBe(1);
  });

  test('finishes that come together are followed by one claim for all their slots', async () => {
    const { handler, open } = held();
    const { claimer, clock, start, claims } = testReplica({ work: handler }, { concurrency: 64 });
    for (let i = 0; i < 200; i++) claimer.add();
    await start();
    for (const run of open.slice(0, 40)) run.end();
    await clock.advance(10);
    expect(claims()).toEqual(['claim 64', 'claim 40']);
  });

  test('the next claim does not wait for the word on the last one, and jobs without a word hold slots', async () => {
    const { handler, open } = held();
    const { claimer, replica, start, claims } = testReplica({ work: handler }, { concurrency: 4 });
    const { claim } = claimer;
    claimer.claim = (most) => claim(Math.min(most, 2));
    const words: (() => void)[] = [];
    claimer.screen = (jobs) => new Promise((resolve) => words.push(() => resolve(jobs)));
    for (let i = 0; i < 10; i++) claimer.add();
    await start();
    expect(claims()).toEqual(['claim 2', 'claim 2']);
    expect(replica.state()).toMatchObject({ running: 0 });
    for (const say of words) say();
    await settled();
    expect(open).toHaveLength(4);
    expect(claims()).toEqual(['claim 2', 'claim 2']);
  });

  test('without a word on them jobs are not run, and their slots are free again', async () => {
    const { handler, open } = held();
    const { claimer, clock, events, start } = testReplica({ work: handler }, { concurrency: 1 });
    claimer.breakDown(['screen'], new Error('the ledger is away'));
    claimer.add({ id: 'unasked' });
    await start();
    expect(open).toEqual([]);
    expect(events.map(({ event }) => event)).toContain('claim_failed');
    await claimer.mend();
    claimer.add({ id: 'asked' });
    await clock.advance(10_000);
    expect(open.map(({ id }) => id)).toEqual(['asked']);
  });

  test('an idle replica sits still: a claim and a wait every five seconds', async () => {
    const { claimer, clock, start } = testReplica({ work: held().handler });
    await start();
    await clock.advance(60_000);
    expect(claimer.calls.length).toBeLessThanOrEqual(1 + 13 * 2);
  });

  test('work that is added starts at once', async () => {
    const { handler, open } = held();
    const { claimer, clock, start } = testReplica({ work: handler });
    await start();
    await clock.advance(12_345);
    claimer.add();
    await settled();
    expect(open).toHaveLength(1);
  });

  test('its own finishes are no reason to ask again, but for those that made others runnable', async () => {
    const { handler, open } = held();
    const { claimer, replica, start, claims } = testReplica({ work: handler }, { concurrency: 4 });
    claimer.add();
    claimer.add();
    await start();
    expect(claims()).toEqual(['claim 4']);
    claimer.add({}, 'unannounced');
    open[0]?.end();
    await settled();
    expect(claims()).toEqual(['claim 4']);
    replica.freed();
    await settled();
    expect(claims()).toEqual(['claim 4', 'claim 3']);
    expect(replica.state().running).toBe(2);
  });

  test('a wake-up that comes while it claims is not lost', async () => {
    const { handler, open } = held();
    const { claimer, replica, start } = testReplica({ work: handler }, { concurrency: 4 });
    await start();
    const { claim } = claimer;
    const answered = Promise.withResolvers<void>();
    claimer.claim = async (most) => {
      const answer = await claim(most);
      await answered.promise;
      return answer;
    };
    replica.freed();
    await settled();
    claimer.add();
    await settled();
    claimer.claim = claim;
    answered.resolve();
    await settled();
    expect(open).toHaveLength(1);
  });

  test('a full replica does not wait for work, which others may be free for', async () => {
    const { handler, open } = held();
    const { claimer, clock, start, claims } = testReplica({ work: handler }, { concurrency: 2 });
    claimer.add();
    claimer.add();
    await start();
    await clock.advance(60_000);
    expect(claimer.calls).not.toContain('waitForWork');
    open[0]?.end();
    await settled();
    expect(claims()).toEqual(['claim 2', 'claim 1']);
    expect(claimer.calls).toContain('waitForWork');
  });

  test('a wake-up that finds it full is passed on', async () => {
    const { handler } = held();
    const { claimer, replica, start } = testReplica({ work: handler }, { concurrency: 2 });
    await start();
    claimer.add({}, 'unannounced');
    claimer.add({}, 'unannounced');
    replica.freed();
    await settled();
    expect(replica.state().running).toBe(2);
    expect(claimer.calls).not.toContain('passOn');
    claimer.add();
    await settled();
    expect(claimer.calls.filter((call) => call === 'passOn')).toHaveLength(1);
  });

  test('it asks when work is due that a claim told of while a wait was under way', async () => {
    const { handler, open } = held();
    const { claimer, clock, replica, start } = testReplica({ work: handler }, { concurrency: 2 });
    await start();
    claimer.dueInMs = 300;
    replica.freed();
    await settled();
    claimer.add({}, 'unannounced');
    await clock.advance(299);
    expect(open).toHaveLength(0);
    await clock.advance(2);
    expect(open).toHaveLength(1);
  });

  test('a wait that never comes back does not stop it from asking', async () => {
    const { handler, open } = held();
    const { claimer, clock, start, replica } = testReplica({ work: handler });
    claimer.waitForWork = () => new Promise(() => undefined);
    await start();
    claimer.add();
    await clock.advance(7_000);
    expect(open).toHaveLength(1);
    expect(replica.state().healthy).toBe(true);
  });

  test('handlers that compute one after the other let timers fire in between', async () => {
    const tested = testReplica({
      work: { input: z.unknown(), run: () => tested.clock.spend(20) },
    });
    const { claimer, start } = tested;
    let turns = 0;
    const count = () => {
      turns++;
      if (turns < 1_000) setImmediate(count);
    };
    for (let i = 0; i < 20; i++) claimer.add();
    setImmediate(count);
    tested.replica.start();
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (tested.replica.state().claimed < 20) await new Promise<void>((resolve) => setImmediate(resolve));
    expect(turns).toBeGreaterThanOrEqual(15);
    await start();
  });
});

describe('when Redis has trouble', () => {
  test('claims back off and go on by themselves, with one log line in ten seconds', async () => {
    const { handler, open } = held();
    const { claimer, clock, start, claims, warnings } = testReplica({ work: handler });
    claimer.add();
    claimer.breakDown(['claim']);
    await start();
    await clock.advance(9_000);
    expect(claims().length).toBeLessThan(20);
    expect(warnings.filter((warning) => warning.message === 'claiming failed')).toHaveLength(1);
    await clock.advance(2_000);
    const lines = warnings.filter((warning) => warning.message === 'claiming failed');
    expect(lines).toHaveLength(2);
    expect(lines[1]?.fields.suppressed).toBeGreaterThan(0);
    await claimer.mend();
    await clock.advance(3_000);
    expect(open).toHaveLength(1);
  });

  test('a claim that hangs makes the replica unhealthy, and its answer makes it healthy again', async () => {
    const { claimer, clock, start, replica } = testReplica({ work: held().handler }, { watchdogMs: 15_000 });
    claimer.freeze();
    await start();
    await clock.advance(14_000);
    expect(replica.state().healthy).toBe(true);
    await clock.advance(2_000);
    expect(replica.state()).toMatchObject({
      healthy: false,
      reason: 'for 16 s it waits for an answer from Redis',
    });
    await claimer.mend();
    await settled();
    expect(replica.state().healthy).toBe(true);
  });

  test('a replica that is told of runnable work and gets none says so', async () => {
    const { claimer, clock, start, replica, claims } = testReplica({ work: held().handler });
    claimer.pretendRunnable = true;
    await start();
    await clock.advance(20_000);
    expect(replica.state().healthy).toBe(false);
    expect(replica.state().reason).toContain('runnable work');
    expect(claims().length).toBeLessThan(60);
  });

  test('without a generation it waits for one and takes up work when it is there', async () => {
    const { handler, open } = held();
    const { claimer, clock, start, replica, warnings } = testReplica({ work: handler });
    claimer.generation = false;
    claimer.add();
    await start();
    await clock.advance(20_000);
    expect(replica.state().reason).toContain('no settings');
    expect(warnings[0]?.message).toContain('dispatcher');
    claimer.generation = true;
    await clock.advance(3_000);
    expect(open).toHaveLength(1);
    expect(replica.state().healthy).toBe(true);
  });

  test('a Redis that cannot be opened at the start is tried again', async () => {
    const { handler, open } = held();
    const { claimer, clock, start } = testReplica({ work: handler });
    claimer.breakDown(['start']);
    claimer.add();
    await start();
    await clock.advance(5_000);
    expect(open).toHaveLength(0);
    await claimer.mend();
    await clock.advance(3_000);
    expect(open).toHaveLength(1);
  });

  test('a Redis that stands still stops claims, however fast handlers finish', async () => {
    const tested = testReplica({ work: { input: z.unknown(), run: () => 'done' } }, { concurrency: 8 });
    const { claimer, clock, start, replica } = tested;
    claimer.complete = () => new Promise(() => undefined);
    for (let i = 0; i < 100; i++) claimer.add();
    await start();
    await clock.advance(10_000);
    expect(replica.state()).toMatchObject({ running: 0, settling: 16, claimed: 16 });
  });

  test('a job that cannot be begun gives the slots of its claim back once', async () => {
    const { handler } = held();
    const { claimer, clock, start, claims } = testReplica({ work: handler }, { concurrency: 4 });
    claimer.add();
    claimer.add({
      get deferredFailure(): never {
        throw new Error('no job');
      },
    });
    for (let i = 0; i < 8; i++) claimer.add();
    await start();
    await clock.advance(5_000);
    expect(claims().slice(0, 2)).toEqual(['claim 4', 'claim 3']);
  });

  test('an onEvent callback that throws changes nothing', async () => {
    const { handler, open } = held();
    const tested = testReplica({ work: handler });
    tested.events.push = () => {
      throw new Error('metrics are down');
    };
    tested.claimer.add();
    await tested.start();
    expect(open).toHaveLength(1);
  });
});
