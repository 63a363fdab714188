import { checkShape } from '@fairlead/http';
import { expect, test } from '@jest/globals';
import { pageQuery, settingsBody, toChange } from './workspace-input.ts';

test('0 and null both mean unlimited, which the ledger calls null', () => {
  const body = settingsBody.parse({ weight: 2, concurrency: 0, ratePerSecond: null, burst: 5, version: 3 });
  expect(toChange(body)).toEqual({ weight: 2, concurrency: null, ratePerSecond: null, burst: 5 });
});

test('a limit may follow the quota', () => {
  const body = settingsBody.parse({ concurrency: 'quota', ratePerSecond: 'quota', burst: 'quota' });
  expect(toChange(body)).toEqual({ concurrency: 'quota', ratePerSecond: 'quota', burst: 'quota' });
});

test('what is not named is not changed', () => {
  expect(toChange(settingsBody.parse({ paused: true }))).toEqual({ paused: true });
});

test.each([
  [{}, ''],
  [{ version: 3 }, ''],
  [{ weight: 0 }, 'weight'],
  [{ weight: -1 }, 'weight'],
  [{ weight: null }, 'weight'],
  [{ weight: 1e9 }, 'weight'],
  [{ concurrency: -1 }, 'concurrency'],
  [{ concurrency: 1.5 }, 'concurrency'],
  [{ concurrency: '5' }, 'concurrency'],
  [{ ratePerSecond: 0.0001 }, 'ratePerSecond'],
  [{ burst: 1e7 }, 'burst'],
  [{ maxBacklog: -1 }, 'maxBacklog'],
  [{ paused: 'yes' }, 'paused'],
  [{ displayName: '' }, 'displayName'],
  [{ displayName: 'a\u0000b' }, 'displayName'],
  [{ concurrency: 'many' }, 'concurrency'],
  [{ fairness: 'luck' }, 'fairness'],
  [{ highQuotaEnabled: 1 }, 'highQuotaEnabled'],
  [{ weight: 1, slug: 'other' }, ''],
])('%j is refused at %j', (body, path) => {
  expect(checkShape(settingsBody, body)).toMatchObject({ outcome: 'invalid', issues: [{ path }] });
});

test('what is wrong with a limit is said in words', () => {
  expect(checkShape(settingsBody, { concurrency: -1 })).toMatchObject({
    issues: [{ message: 'must be at least 1' }],
  });
});

test.each([
  [{ limit: '0' }],
  [{ limit: '501' }],
  [{ limit: 'x' }],
  [{ limit: ['1', '2'] }],
  [{ cursor: 'A b' }],
  [{ page: '2' }],
])('the query %j is refused', (query) => {
  expect(checkShape(pageQuery, query)).toMatchObject({ outcome: 'invalid' });
});
