import { expect, test } from '@jest/globals';
import { until } from '../../test/until.ts';
import type { CapacityNow } from '../controller/client.ts';
import { followController } from './follow-controller.ts';

test('what the controller wants is done, and nothing while it does not answer or has not decided', async () => {
  const answers: (CapacityNow['replicas'] | Error)[] = [
    new Error('not there yet'),
    { wanted: null, live: [] },
    {
      wanted: 3,
      live: [
        { id: 'consumer-2', running: 7 },
        { id: 'somebody-else', running: 1 },
      ],
    },
  ];
  const asked: [number, ReadonlyMap<number, number>][] = [];
  const stop = followController({
    controller: {
      capacity: async () => {
        const replicas = answers.shift() ?? new Error('gone');
        if (replicas instanceof Error) throw replicas;
        return { capacity: 48, replicas };
      },
    },
    replicas: { scaleTo: (wanted, running) => asked.push([wanted, running]) },
    everyMs: 1,
  });
  await until('all answers were taken', () => answers.length === 0);
  await stop();
  expect(asked).toEqual([[3, new Map([[2, 7]])]]);
});
