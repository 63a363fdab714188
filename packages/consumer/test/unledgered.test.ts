import { expect, test } from '@jest/globals';
import { createUnledgeredClaimer } from '../src/unledgered-claimer.ts';
import { fakeClaimer } from './fakes/fake-claimer.ts';
import { fakeClock } from './fakes/fake-clock.ts';

test('without a ledger, a job that one remembers goes back, and others run', async () => {
  const inner = fakeClaimer(fakeClock());
  const warnings: string[] = [];
  const claimer = createUnledgeredClaimer(inner, (message) => void warnings.push(message));
  inner.add({ id: 'remembered', recorded: true });
  inner.add({ id: 'foreign' });
  const answer = await claimer.claim(10);
  if (answer.outcome !== 'claimed') throw new Error(answer.outcome);
  expect(await claimer.screen(answer.jobs)).toMatchObject([{ id: 'foreign' }]);
  expect(inner.deeds).toEqual([{ verb: 'postpone', id: 'remembered', delayMs: 30_000 }]);
  expect(warnings).toHaveLength(1);
});
