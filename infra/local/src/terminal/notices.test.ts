import { expect, test } from '@jest/globals';
import { createWarnings, describeDecision, describeEvent, describeReplica } from './notices.ts';

const plain = (_: number, text: string) => text;

test('a crash is told with its reason, what happens next and its last lines, each once in a row', () => {
  const lines = describeEvent(
    {
      kind: 'crashed',
      name: 'board',
      why: 'ended with code 7',
      lastLines: ['a', 'a', 'b'],
      restartInMs: 500,
    },
    plain,
  );
  expect(lines).toEqual([
    '  ✗ board            ended with code 7; starting again in 0.5 s',
    '      a',
    '      b',
  ]);
});

test('a decision is told in its own words, and whose it is', () => {
  const decision = { position: 1, reasonCode: 'ramp_step', words: 'More is asked for: 48 → 72.' };
  const cluster = { type: 'cluster', id: 'cluster' };
  expect(describeDecision({ ...decision, kind: 'autoscale', subject: cluster }, plain)).toBe(
    '  ◆ autoscale        More is asked for: 48 → 72.',
  );
  const workspace = { type: 'workspace', id: 'acme' };
  expect(describeDecision({ ...decision, kind: 'promotion', subject: workspace }, plain)).toBe(
    '  ◆ promotion of acme More is asked for: 48 → 72.',
  );
});

test('a replica that comes, goes or cannot be started is told', () => {
  expect(describeReplica({ kind: 'started', name: 'consumer-3' }, plain)).toBe(
    '  + consumer-3       started',
  );
  expect(describeReplica({ kind: 'drained', name: 'consumer-3' }, plain)).toBe(
    '  − consumer-3       drained',
  );
  expect(describeReplica({ kind: 'failed', name: 'consumer-3', why: 'no room' }, plain)).toBe(
    '  ✗ consumer-3       no room',
  );
});

test('the same warning is told once in ten seconds, then with how often it came', () => {
  const warn = createWarnings(plain);
  const line = { level: 40, msg: 'Redis does not answer', err: { message: 'ECONNREFUSED' } };
  expect(warn('board', line, 0)).toEqual(['  ! board            Redis does not answer: ECONNREFUSED']);
  expect(warn('board', line, 5_000)).toEqual([]);
  expect(warn('dispatcher', line, 5_000)).toHaveLength(1);
  expect(warn('board', line, 10_000)).toEqual([
    '  ! board            Redis does not answer: ECONNREFUSED (2 times)',
  ]);
});

test('a warning says what was refused, or why a service is not ready', () => {
  const warn = createWarnings(plain);
  const refused = { method: 'POST', path: '/v1/jobs:batch', status: 503, code: 'CONTENTION' };
  expect(warn('dispatcher', { level: 40, msg: 'request', ...refused }, 0)).toEqual([
    '  ! dispatcher       request: POST /v1/jobs:batch 503 CONTENTION',
  ]);
  const reason = 'Postgres cannot be used: no answer within 900 ms';
  expect(warn('consumer-2', { level: 40, msg: 'the service is not ready', reason }, 0)).toEqual([
    `  ! consumer-2       the service is not ready: ${reason}`,
  ]);
});

test('a warning about a job says whose it is and of which type', () => {
  const line = { level: 40, msg: 'no handler here has it', workspace: 'acme', type: 'email.send' };
  expect(createWarnings(plain)('consumer-1', line, 0)).toEqual([
    '  ! consumer-1       no handler here has it (acme, email.send)',
  ]);
});
