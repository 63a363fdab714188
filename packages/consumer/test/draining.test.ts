import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { DrainReport } from '../src/drain.ts';
import { settled } from './fakes/fake-clock.ts';
import { held, testReplica } from './fakes/test-replica.ts';

/** Begins a drain and shows its report once there is one. */
function drained(replica: { drain(ms: number): Promise<DrainReport> }, deadlineMs: number) {
  const result: { report?: DrainReport } = {};
  void replica.drain(deadlineMs).then((report) => {
    result.report = report;
  });
  return result;
}

describe('a drain', () => {
  test('claims nothing more, waits for handlers, and records what they did', async () => {
    const { handler, open } = held();
    const { claimer, clock, start, replica, claims } = testReplica({ work: handler }, { concurrency: 2 });
    for (let i = 0; i < 4; i++) claimer.add();
    await start();
    const result = drained(replica, 10_000);
    await clock.advance(1_000);
    expect(replica.state().phase).toBe('draining');
    expect(result.report).toBeUndefined();
    open[0]?.end('a');
    open[1]?.crash(new Error('b'));
    await clock.advance(10);
    expect(result.report).toEqual({ finished: 2, abandoned: 0, putBack: 0, durationMs: 1_000 });
    expect(claims()).toHaveLength(1);
    expect(claimer.waiting()).toBe(2);
    expect(claimer.calls.slice(-1)).toEqual(['stop']);
    expect(replica.state().phase).toBe('stopped');
  });

  test('of an idle replica is over at once', async () => {
    const { start, replica } = testReplica({ work: held().handler });
    await start();
    const result = drained(replica, 10_000);
    await settled();
    expect(result.report).toEqual({ finished: 0, abandoned: 0, putBack: 0, durationMs: 0 });
  });

  test('of a replica that never started is over at once', async () => {
    const { replica } = testReplica({ work: held().handler });
    const result = drained(replica, 10_000);
    await settled();
    expect(result.report).toMatchObject({ finished: 0, abandoned: 0 });
  });

  test('aborts handlers near the deadline; those that stop go back and count no attempt', async () => {
    const { handler, open } = held();
    const { claimer, clock, start, replica, finishes } = testReplica({ work: handler });
    claimer.add();
    await start();
    const result = drained(replica, 10_000);
    await clock.advance(7_499);
    expect(open[0]?.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(open[0]?.signal.reason).toMatchObject({ cause: 'shutdown' });
    open[0]?.crash(open[0].signal.reason);
    await clock.advance(0);
    expect(claimer.deeds).toEqual([{ verb: 'postpone', id: 'job-1', delayMs: 0 }]);
    expect(finishes()).toMatchObject([{ outcome: 'put_back' }]);
    expect(result.report).toEqual({ finished: 0, abandoned: 1, putBack: 1, durationMs: 7_500 });
  });

  test('records a handler that finishes after its signal aborted', async () => {
    const { handler, open } = held();
    const { claimer, clock, start, replica } = testReplica({ work: handler });
    claimer.add();
    await start();
    const result = drained(replica, 10_000);
    await clock.advance(8_000);
    open[0]?.end('just in time');
    await clock.advance(10);
    expect(claimer.deeds).toMatchObject([{ verb: 'complete', result: 'just in time' }]);
    expect(result.report).toMatchObject({ finished: 1, abandoned: 0 });
  });

  test('puts back the jobs of handlers that ignore their signal, before the deadline', async () => {
    const { handler } = held();
    const { claimer, clock, start, replica } = testReplica({ work: handler });
    claimer.add();
    claimer.add();
    await start();
    const result = drained(replica, 10_000);
    await clock.advance(9_999);
    expect(result.report).toMatchObject({ finished: 0, abandoned: 2, putBack: 2 });
    expect(claimer.deeds.map((deed) => deed.verb)).toEqual(['postpone', 'postpone']);
  });

  test('never outlasts its deadline when Redis stands still', async () => {
    const { handler, open } = held();
    const { claimer, clock, start, replica } = testReplica({ work: handler });
    for (let i = 0; i < 3; i++) claimer.add();
    await start();
    claimer.freeze();
    claimer.stop = () => new Promise(() => undefined);
    open[0]?.end();
    const result = drained(replica, 10_000);
    await clock.advance(9_999);
    expect(result.report).toBeUndefined();
    await clock.advance(1);
    expect(result.report).toEqual({ finished: 0, abandoned: 3, putBack: 0, durationMs: 10_000 });
  });

  test('does not wait for a Redis that was never there', async () => {
    const { claimer, start, replica } = testReplica({ work: held().handler });
    claimer.freeze();
    await start();
    const result = drained(replica, 10_000);
    await settled();
    expect(result.report).toMatchObject({ abandoned: 0, durationMs: 0 });
  });

  test('puts back jobs that a claim brings in while it drains', async () => {
    const { handler, open } = held();
    const { claimer, clock, start, replica } = testReplica({ work: handler });
    await start();
    claimer.freeze();
    claimer.add();
    await settled();
    const result = drained(replica, 10_000);
    await clock.advance(100);
    expect(result.report).toBeUndefined();
    await claimer.mend();
    await clock.advance(10);
    expect(open).toHaveLength(0);
    expect(claimer.deeds).toEqual([{ verb: 'postpone', id: 'job-1', delayMs: 0 }]);
    expect(result.report).toMatchObject({ finished: 0, abandoned: 1, putBack: 1 });
  });

  test('with no time at all aborts and puts back at once', async () => {
    const { handler, open } = held();
    const { claimer, clock, start, replica } = testReplica({ work: handler });
    claimer.add();
    await start();
    const result = drained(replica, 0);
    await clock.advance(0);
    expect(open[0]?.signal.aborted).toBe(true);
    expect(result.report).toMatchObject({ abandoned: 1 });
  });

  test('asked for twice is one drain', async () => {
    const { replica, start } = testReplica({ work: held().handler });
    await start();
    expect(replica.drain(5_000)).toBe(replica.drain(1));
  });

  test('cuts short the pauses of a replica that cannot reach Redis', async () => {
    const { claimer, clock, start, replica } = testReplica({ work: { input: z.unknown(), run: () => 1 } });
    claimer.add();
    claimer.breakDown(['complete']);
    await start();
    await clock.advance(1_000);
    const result = drained(replica, 4_000);
    await clock.advance(4_000);
    expect(result.report).toMatchObject({ finished: 0, abandoned: 1, putBack: 0 });
  });
});
