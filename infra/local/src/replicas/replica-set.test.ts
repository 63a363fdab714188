import { expect, test } from '@jest/globals';
import type { Supervised } from '../supervisor/supervise.ts';
import { createReplicaSet, type ReplicaNews } from './replica-set.ts';

/** Replicas that start at once and drain when the test lets them. */
function rig(options: { failing?: () => boolean } = {}) {
  const up = new Set<string>();
  const drains = new Map<string, () => void>();
  const news: ReplicaNews[] = [];
  let nowMs = 0;
  const replica = (number: number): Supervised => {
    const name = `consumer-${number}`;
    return {
      name,
      start: async () => {
        if (options.failing?.()) throw new Error('no room');
        up.add(name);
        return name;
      },
      stop: () =>
        new Promise((resolve) => {
          drains.set(name, () => {
            up.delete(name);
            drains.delete(name);
            resolve();
          });
        }),
      hurry: () => void up.delete(name),
    };
  };
  const set = createReplicaSet({ first: 2, replica, onNews: (one) => news.push(one), nowMs: () => nowMs });
  return { set, up, drains, news, pass: (ms: number) => (nowMs += ms) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const none = new Map<number, number>();

test('it grows under the lowest free numbers, and the idle ones drain first', async () => {
  const { set, up, drains, news } = rig();
  expect(await set.start()).toBe('2 replicas');
  set.scaleTo(4, none);
  await settled();
  expect([...up]).toEqual(['consumer-1', 'consumer-2', 'consumer-3', 'consumer-4']);

  const running = new Map([
    [1, 0],
    [2, 5],
    [3, 0],
    [4, 7],
  ]);
  set.scaleTo(3, running);
  set.scaleTo(2, running);
  expect([...drains.keys()]).toEqual(['consumer-3', 'consumer-1']);
  drains.get('consumer-3')?.();
  await settled();
  // Number 1 still drains: 3 is free, and the next is a new one.
  set.scaleTo(4, running);
  await settled();
  expect([...up].sort()).toEqual(['consumer-1', 'consumer-2', 'consumer-3', 'consumer-4', 'consumer-5']);
  expect(news.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'started consumer-3',
    'started consumer-4',
    'drained consumer-3',
    'started consumer-3',
    'started consumer-5',
  ]);
});

test('a stop waits for those that drain already, and nothing is started after it', async () => {
  const { set, up, drains } = rig();
  await set.start();
  set.scaleTo(1, none);
  let stopped = false;
  const stop = set.stop().then(() => {
    stopped = true;
  });
  set.scaleTo(5, none);
  drains.get('consumer-1')?.();
  await settled();
  expect(stopped).toBe(false);
  drains.get('consumer-2')?.();
  await stop;
  expect(up.size).toBe(0);
});

test('a replica that cannot be started is told, and tried again after a while', async () => {
  let failing = true;
  const { set, up, news, pass } = rig({ failing: () => failing && up.size >= 2 });
  await set.start();
  set.scaleTo(3, none);
  await settled();
  expect(news).toEqual([{ kind: 'failed', name: 'consumer-3', why: 'no room' }]);
  failing = false;
  set.scaleTo(3, none);
  await settled();
  expect(up.size).toBe(2);
  pass(10_000);
  set.scaleTo(3, none);
  await settled();
  expect(up.size).toBe(3);
});
