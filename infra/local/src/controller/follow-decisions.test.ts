import { expect, test } from '@jest/globals';
import { until } from '../../test/until.ts';
import type { DecisionNow } from './client.ts';
import { followDecisions } from './follow-decisions.ts';

const decision = (position: number, reasonCode: string): DecisionNow => ({
  position,
  reasonCode,
  kind: 'autoscale',
  subject: { type: 'cluster', id: 'cluster' },
  words: `number ${position}`,
});

test('each decision is told once, in order, also those taken while the controller did not answer', async () => {
  const all = [decision(3, 'ramp_step'), decision(7, 'guardrail_step_down')];
  const told: string[] = [];
  let asked = 0;
  const follower = followDecisions({
    controller: {
      changesAfter: async (position) => {
        asked++;
        if (asked === 2) throw new Error('away');
        if (asked === 3) all.push(decision(8, 'ramp_step'));
        return all.filter((one) => one.position > position);
      },
    },
    onDecision: ({ words }) => told.push(words),
    everyMs: 1,
  });
  await until('the last was told', () => told.length >= 3 && asked > 4);
  await follower.stop();
  expect(told).toEqual(['number 3', 'number 7', 'number 8']);
  expect([...follower.counts()]).toEqual([
    ['autoscale ramp_step', 2],
    ['autoscale guardrail_step_down', 1],
  ]);
});
