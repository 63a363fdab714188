import { expect, test } from '@jest/globals';
import { newJobId } from './job-id.ts';
import { createEmptyJobPath } from './job-path.ts';

test('the empty ledger accepts every job, lets it run and agrees with its outcome, however often', async () => {
  const jobs = createEmptyJobPath();
  const job = {
    id: newJobId(),
    workspace: 'acme',
    type: 't',
    payloadJson: '1',
    maxAttempts: 1,
    idempotencyKey: 'k',
  };
  const finish = { id: job.id, outcome: 'succeeded' as const, attempts: 1, startedAtMs: 1, finishedAtMs: 2 };
  for (let round = 0; round < 2; round++) {
    expect(await jobs.accept([job])).toEqual([{ outcome: 'accepted', id: job.id, dueLater: false }]);
    expect(await jobs.markQueued([job.id])).toEqual(new Set([job.id]));
    expect((await jobs.verdicts([job.id, 'foreign'])).get('foreign')).toBe('run');
    await jobs.relayNow([job.id]);
    await jobs.attemptFailed([{ id: job.id, attempts: 1, error: 'x', runAtMs: 1 }]);
    expect(await jobs.finish([finish])).toEqual(new Set([job.id]));
    expect((await jobs.backlogOf(['acme'])).get('acme')).toBe(0);
  }
});
