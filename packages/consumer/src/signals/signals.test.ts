import { NO_COUNTS } from '@fairlead/core';
import type { CapacityAnswer, Report } from '@fairlead/scheduler';
import { expect, test } from '@jest/globals';
import { fakeClock, settled } from '../../test/fakes/fake-clock.ts';
import type { ClaimedJob } from '../claimer-port.ts';
import { createSignals } from './signals.ts';

function useSignals() {
  const clock = fakeClock();
  const reports: (Report & { atMs: number })[] = [];
  const shares: (number | undefined)[] = [];
  const warnings: string[] = [];
  let answer: () => Promise<CapacityAnswer> = async () => ({ capacity: undefined, share: undefined });
  let running = 0;
  const signals = createSignals({
    report(report) {
      reports.push({ ...report, atMs: clock.nowMs() });
      return answer();
    },
    replicaId: 'one',
    slots: 8,
    running: () => running,
    loopDelay: { start() {}, stop() {}, p99Ms: () => 4 },
    clock,
    warn: (message) => void warnings.push(message),
    onShare: (share) => void shares.push(share),
  });
  return {
    clock,
    reports,
    shares,
    warnings,
    signals,
    answers: (next: typeof answer) => {
      answer = next;
    },
    runs: (count: number) => {
      running = count;
    },
  };
}

function job(more: Partial<ClaimedJob> = {}): ClaimedJob {
  const one = { workspace: 'acme', id: 'j1', runnableAtMs: 0, claimedAtMs: 10, signal: { aborted: false } };
  return { ...one, ...more } as ClaimedJob;
}

test('an idle replica says every five seconds that it lives, a busy one every second', async () => {
  const { clock, reports, signals, runs } = useSignals();
  await signals.start();
  await clock.advance(60_000);
  expect(reports).toHaveLength(13);
  runs(1);
  await clock.advance(10_000);
  expect(reports).toHaveLength(23);
  expect(reports.at(-1)).toMatchObject({
    ...{ reporter: 'one', kind: 'consumer', slots: 8, draining: false, counts: new Map() },
    vitals: { running: 1, eventLoopP99Ms: 4, locksLost: 0, claims: [] },
  });
});

test('what happens in an idle replica is reported within a second', async () => {
  const { clock, reports, signals } = useSignals();
  await signals.start();
  await clock.advance(1_500);
  signals.count({ event: 'stalled', workspace: 'acme', jobIds: ['a', 'b'] });
  await clock.advance(1_000);
  expect(reports).toHaveLength(2);
  expect(reports[1]?.counts).toEqual(new Map([['acme', { ...NO_COUNTS, stalled: 2 }]]));
});

test('every answer says what the share is, and one that does not come changes nothing', async () => {
  const { clock, shares, signals, answers, runs, warnings } = useSignals();
  answers(async () => ({ capacity: 5, share: 5 }));
  runs(1);
  await signals.start();
  expect(shares).toEqual([5]);
  answers(() => Promise.reject(new Error('Redis is away')));
  await clock.advance(3_000);
  expect(shares).toEqual([5]);
  expect(warnings).toHaveLength(3);
  answers(async () => ({ capacity: undefined, share: undefined }));
  await clock.advance(1_000);
  expect(shares).toEqual([5, undefined, undefined].slice(0, shares.length));
  expect(shares.at(-1)).toBeUndefined();
});

test('a lost lock counts once, whoever finds out', async () => {
  const { clock, reports, signals } = useSignals();
  await signals.start();
  const lost = job({ signal: AbortSignal.abort() });
  signals.count({ event: 'lock_lost', job: lost });
  signals.count({ event: 'finished', job: lost, outcome: 'lost_lock', durationMs: 5 });
  signals.count({ event: 'finished', job: job(), outcome: 'lost_lock', durationMs: 5 });
  await clock.advance(1_000);
  expect(reports[1]?.counts.get('acme')).toEqual({ ...NO_COUNTS, lostLocks: 2 });
  expect(reports[1]?.vitals?.locksLost).toBe(2);
});

test('effects, late finishes and dead letters without a run are told apart', async () => {
  const { clock, reports, signals } = useSignals();
  await signals.start();
  signals.count({ event: 'effect_suppressed', job: job() });
  signals.count({ event: 'effect_duplicate', job: job() });
  signals.count({ event: 'finished', job: job(), outcome: 'late', durationMs: 5 });
  signals.count({ event: 'finished', job: job(), outcome: 'dead', reason: 'unknown_type' });
  signals.count({ event: 'finished', job: job(), outcome: 'put_back', durationMs: 5 });
  await clock.advance(1_000);
  const expected = { suppressed: 1, duplicates: 1, late: 1, finished: 1, dead: 1 };
  expect(reports[1]?.counts.get('acme')).toEqual({ ...NO_COUNTS, ...expected });
});

test('a job whose times make no sense is counted, and its wait is not', async () => {
  const { clock, reports, signals } = useSignals();
  await signals.start();
  signals.count({ event: 'started', job: job({ runnableAtMs: Number.NaN }) });
  await clock.advance(1_000);
  expect(reports[1]?.counts.get('acme')).toEqual({ ...NO_COUNTS, started: 1 });
});

test('of jobs that died, ran twice or waited long some are named, five a second', async () => {
  const { clock, reports, signals } = useSignals();
  await signals.start();
  signals.count({ event: 'started', job: job({ traceparent: 't-quick', claimedAtMs: 60_000 }) });
  signals.count({ event: 'started', job: job({ traceparent: 't-slow', claimedAtMs: 60_001 }) });
  signals.count({ event: 'effect_duplicate', job: job({ traceparent: 't-twice' }) });
  signals.count({ event: 'finished', job: job({ traceparent: undefined }), outcome: 'dead' });
  for (let n = 0; n < 10; n++) {
    signals.count({ event: 'finished', job: job({ traceparent: `t-${n}` }), outcome: 'dead' });
  }
  await clock.advance(1_000);
  expect(reports[1]?.evidence.map(({ what, traceparent }) => `${what} ${traceparent}`)).toEqual([
    'slow t-slow',
    'duplicate t-twice',
    'dead t-0',
    'dead t-1',
    'dead t-2',
  ]);
  signals.count({ event: 'finished', job: job({ traceparent: 't-next' }), outcome: 'dead' });
  await clock.advance(1_000);
  expect(reports[2]?.evidence).toEqual([{ workspace: 'acme', what: 'dead', traceparent: 't-next' }]);
});

test('a stop sends what is left, and does not wait for a Redis that does not answer', async () => {
  const { clock, reports, signals, answers } = useSignals();
  await signals.start();
  answers(() => new Promise(() => {}));
  signals.count({ event: 'stalled', workspace: 'acme', jobIds: ['a'] });
  let stopped = false;
  void signals.stop().then(() => {
    stopped = true;
  });
  await settled();
  expect(reports.at(-1)).toMatchObject({ draining: true, counts: new Map([['acme', { stalled: 1 }]]) });
  expect(stopped).toBe(false);
  await clock.advance(1_000);
  expect(stopped).toBe(true);
  await clock.advance(60_000);
  expect(reports).toHaveLength(2);
});
