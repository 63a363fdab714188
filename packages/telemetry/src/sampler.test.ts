import { expect, test } from '@jest/globals';
import { createSampler, SAMPLERS } from './sampler.ts';

test('each name of the specification is its sampler, and the ratio is that of the traces', () => {
  const names = SAMPLERS.map((name) => [name, createSampler(name, 0.25).toString()]);
  expect(names).toEqual([
    ['always_on', 'AlwaysOnSampler'],
    ['always_off', 'AlwaysOffSampler'],
    ['traceidratio', 'TraceIdRatioBased{0.25}'],
    ['parentbased_always_on', expect.stringMatching(/^ParentBased\{root=AlwaysOnSampler,/)],
    ['parentbased_always_off', expect.stringMatching(/^ParentBased\{root=AlwaysOffSampler,/)],
    ['parentbased_traceidratio', expect.stringMatching(/^ParentBased\{root=TraceIdRatioBased\{0\.25\},/)],
  ]);
});

test('what nobody chose follows the caller, and is on for whoever has none', () => {
  expect(createSampler().toString()).toBe(createSampler('parentbased_always_on').toString());
});
