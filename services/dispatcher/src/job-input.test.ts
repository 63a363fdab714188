import { checkShape } from '@fairlead/http';
import { expect, test } from '@jest/globals';
import { batchItem, jobBody, newJob } from './job-input.ts';

const NOW = Date.parse('2030-01-01T00:00:00Z');
const valid = { type: 'email.send' };

test('a type is enough', () => {
  expect(newJob('acme', jobBody.parse(valid), NOW)).toEqual({
    outcome: 'ok',
    job: { workspace: 'acme', type: 'email.send', payload: undefined },
  });
});

test('everything that is given reaches the job, and nothing else', () => {
  const body = {
    type: 'email.send',
    payload: { to: 'x' },
    priority: 7,
    delayMs: 500,
    maxAttempts: 5,
    backoff: { type: 'fixed', delayMs: 100, jitter: 0.5 },
    timeoutMs: 30_000,
  };
  expect(newJob('acme', jobBody.parse(body), NOW)).toEqual({
    outcome: 'ok',
    job: { workspace: 'acme', ...body },
  });
});

test('a time to run at becomes a delay; one that has passed means now', () => {
  const at = (runAt: string) => newJob('acme', jobBody.parse({ ...valid, runAt }), NOW);
  expect(at('2030-01-01T01:00:00+01:00')).toMatchObject({ job: { delayMs: 0 } });
  expect(at('2030-01-01T00:00:01.500Z')).toMatchObject({ job: { delayMs: 1_500 } });
  expect(at('2020-01-01T00:00:00Z')).toMatchObject({ job: { delayMs: 0 } });
  expect(at('2031-01-02T00:00:00Z')).toEqual({ outcome: 'too_late' });
});

test.each([
  [{}, 'type'],
  [{ type: 7 }, 'type'],
  [{ type: '' }, 'type'],
  [{ type: '.hidden' }, 'type'],
  [{ type: 'has space' }, 'type'],
  [{ type: 'a:b' }, 'type'],
  [{ type: 'nul\u0000' }, 'type'],
  [{ type: 'a'.repeat(129) }, 'type'],
  [{ ...valid, priority: -1 }, 'priority'],
  [{ ...valid, priority: 2_097_152 }, 'priority'],
  [{ ...valid, priority: 1.5 }, 'priority'],
  [{ ...valid, priority: '1' }, 'priority'],
  [{ ...valid, delayMs: -1 }, 'delayMs'],
  [{ ...valid, delayMs: 31_536_000_001 }, 'delayMs'],
  [{ ...valid, runAt: 'tomorrow' }, 'runAt'],
  [{ ...valid, runAt: '2030-01-01T00:00:00' }, 'runAt'],
  [{ ...valid, runAt: '2030-01-01T00:00:00Z', delayMs: 5 }, 'runAt'],
  [{ ...valid, maxAttempts: 0 }, 'maxAttempts'],
  [{ ...valid, maxAttempts: 101 }, 'maxAttempts'],
  [{ ...valid, backoff: 'fixed' }, 'backoff'],
  [{ ...valid, backoff: { type: 'linear', delayMs: 1 } }, 'backoff.type'],
  [{ ...valid, backoff: { type: 'fixed' } }, 'backoff.delayMs'],
  [{ ...valid, backoff: { type: 'fixed', delayMs: 1, max: 2 } }, 'backoff'],
  [{ ...valid, backoff: { type: 'fixed', delayMs: 1, jitter: 2 } }, 'backoff.jitter'],
  [{ ...valid, timeoutMs: 0 }, 'timeoutMs'],
  [{ ...valid, id: 'meta' }, ''],
  [{ ...valid, jobId: 'active' }, ''],
  [{ ...valid, state: 'completed' }, ''],
  [{ ...valid, workspace: 'other' }, ''],
  [null, ''],
  [[], ''],
  ['text', ''],
])('%j is refused at %j', (body, path) => {
  expect(checkShape(jobBody, body)).toMatchObject({ outcome: 'invalid', issues: [{ path }] });
});

test('in a batch the workspace is named, and must be', () => {
  expect(checkShape(batchItem, { ...valid, workspace: 'acme' })).toMatchObject({ outcome: 'valid' });
  expect(checkShape(batchItem, valid)).toMatchObject({ outcome: 'invalid', issues: [{ path: 'workspace' }] });
});
