import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_POLICY } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import { policiesOf, readPolicy } from './policies.ts';

const folder = mkdtempSync(join(tmpdir(), 'fairlead-policy-'));

function file(text: string): string {
  const path = join(folder, `${Math.random()}.json`);
  writeFileSync(path, text);
  return path;
}

test('without a file it is the default, with advice in step with the ticks', async () => {
  expect(await readPolicy(undefined, 15_000)).toEqual(DEFAULT_POLICY);
  expect((await readPolicy(undefined, 5_000)).backpressure.tickMs).toBe(5_000);
});

test('a file says what differs', async () => {
  const policy = await readPolicy(
    file('{"autoscale": {"floor": 64}, "backpressure": {"clearTicks": 2}}'),
    5_000,
  );
  expect(policy.autoscale).toEqual({ ...DEFAULT_POLICY.autoscale, floor: 64 });
  expect(policy.backpressure).toEqual({ ...DEFAULT_POLICY.backpressure, tickMs: 5_000, clearTicks: 2 });
});

test.each([
  ['/nowhere/policy.json', /cannot be read \(ENOENT\)/],
  [file('{'), /no JSON/],
  [file('[]'), /whole is not an object/],
  [file('{"backpressure": 3}'), /\/backpressure is not an object/],
  [file('{"autoscale": {"flor": 64}}'), /\/autoscale\/flor is not a setting/],
  [file('{"promotion": {"baseQuota": 32}}'), /baseQuota is not 64/],
])('%s is refused in words', async (path, words) => {
  await expect(readPolicy(path, 15_000)).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: words });
});

test('another policy has another name, and so has one without promotions', () => {
  const { policy, withoutPromotion } = policiesOf(DEFAULT_POLICY);
  const other = policiesOf({ ...DEFAULT_POLICY, autoscale: { ...DEFAULT_POLICY.autoscale, floor: 64 } });
  expect(
    new Set([policy, withoutPromotion, other.policy, other.withoutPromotion].map(({ hash }) => hash)).size,
  ).toBe(4);
  expect(policiesOf(DEFAULT_POLICY).policy.hash).toBe(policy.hash);
});
