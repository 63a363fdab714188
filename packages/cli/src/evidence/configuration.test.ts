import { expect, test } from '@jest/globals';
import { type AuditEntry, differenceOf } from './configuration.ts';

const entry = (action: string, subject: string, before: unknown, after: unknown, id = 1): AuditEntry => ({
  ...{ id, at: `2030-01-31T08:00:0${id}.000Z`, actor: `key:${id}`, action, subject, workspace: null },
  before,
  after,
});

test('of several changes of a subject the first before and the last after are compared', () => {
  const weight = (before: number, after: number, id: number) =>
    entry(
      'workspace.update',
      'workspace:acme',
      { weight: before, paused: false },
      { weight: after, paused: false },
      id,
    );
  expect(differenceOf([weight(2, 4, 3), weight(1, 2, 1)])).toEqual([
    {
      subject: 'workspace:acme',
      fields: [{ field: 'weight', before: 1, after: 4 }],
      actors: ['key:1', 'key:3'],
      changes: 2,
      lastAt: '2030-01-31T08:00:03.000Z',
    },
  ]);
  expect(differenceOf([weight(4, 1, 2), weight(1, 4, 1)])).toEqual([]);
});

test('what was made or taken away differs from nothing, and what is done to jobs is no configuration', () => {
  const found = differenceOf([
    entry('job.cancel', 'job:1', null, { state: 'cancelled' }),
    entry('schedule.delete', 'schedule:acme/nightly', { cron: '* * * * *' }, null),
    entry('flag.set', 'flag:schedules-paused', false, true),
  ]);
  expect(found.map(({ subject, fields }) => [subject, fields])).toEqual([
    ['flag:schedules-paused', [{ field: 'value', before: false, after: true }]],
    ['schedule:acme/nightly', [{ field: 'cron', before: '* * * * *', after: null }]],
  ]);
});
