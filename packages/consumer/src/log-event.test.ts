import { expect, test } from '@jest/globals';
import type { ClaimedJob } from './claimer-port.ts';
import type { ConsumerEvent } from './events.ts';
import { logEvent } from './log-event.ts';

const job = {
  workspace: 'acme',
  id: 'j-1',
  type: 'email.send',
  attempt: 3,
  payload: 'secret',
} as unknown as ClaimedJob;

function linesOf(...events: ConsumerEvent[]): [string, unknown][] {
  const lines: [string, unknown][] = [];
  for (const event of events) logEvent(event, (message, fields) => void lines.push([message, fields]));
  return lines;
}

test('a dead letter, a lost lock and a duplicate name the job, and nothing of what is in it', () => {
  const name = { workspace: 'acme', id: 'j-1', type: 'email.send', attempt: 3 };
  const lines = linesOf(
    { event: 'finished', job, outcome: 'dead', reason: 'timeout' },
    { event: 'lock_lost', job },
    { event: 'effect_duplicate', job },
  );
  expect(lines.map(([, fields]) => fields)).toEqual([{ ...name, reason: 'timeout' }, name, name]);
  expect(JSON.stringify(lines)).not.toContain('secret');
});

test('jobs that were taken back are counted by workspace', () => {
  expect(linesOf({ event: 'stalled', workspace: 'acme', jobIds: ['a', 'b'] })).toEqual([
    [expect.any(String), { workspace: 'acme', jobs: 2 }],
  ]);
});

test('what happens all the time is not in the log', () => {
  const quiet = (['completed', 'retrying', 'cancelled', 'put_back'] as const).map(
    (outcome): ConsumerEvent => ({ event: 'finished', job, outcome }),
  );
  expect(linesOf({ event: 'started', job }, { event: 'effect_suppressed', job }, ...quiet)).toEqual([]);
});
