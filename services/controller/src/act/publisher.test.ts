import { expect, test } from '@jest/globals';
import { createPublisher } from './publisher.ts';

type Outcome = 'published' | 'old_epoch';

function rig() {
  const said: string[] = [];
  const redis = { generation: 'g1' as string | undefined, outcome: 'published' as Outcome, away: false };
  const say = async (what: string): Promise<Outcome> => {
    if (redis.away) throw new Error('away');
    if (redis.outcome === 'published') said.push(what);
    return redis.outcome;
  };
  const publisher = createPublisher({
    epoch: 7,
    tickMs: 15_000,
    allQuotas: () => [
      { workspace: 'acme', quota: 100 },
      { workspace: 'beta', quota: 64 },
    ],
    scheduler: {
      async generation() {
        if (redis.away) throw new Error('away');
        return redis.generation;
      },
      setQuotas: (quotas, epoch) =>
        say(`quotas ${quotas.map(({ workspace, quota }) => `${workspace}=${quota}`)} @${epoch}`),
      publishCapacity: ({ capacity, epoch }) => say(`capacity ${capacity} @${epoch}`),
      publishPressure: ({ cluster, epoch }) => say(`pressure ${cluster?.level ?? 'none'} @${epoch}`),
    },
  });
  const take = () => said.splice(0);
  return { publisher, redis, take };
}

const OPEN = { cluster: null, workspaces: new Map() };
const ALL = ['quotas acme=100,beta=64 @7', 'capacity 1024 @7', 'pressure none @7'];

test('the first time everything is said, then what expires and what changed', async () => {
  const { publisher, take } = rig();
  expect(publisher.capacity()).toBeNull();
  await publisher.publish({ capacity: 1_024, pressures: OPEN }, []);
  expect(take()).toEqual(ALL);
  await publisher.publish({ capacity: 1_088, pressures: OPEN }, [{ workspace: 'beta', quota: 100 }]);
  expect(take()).toEqual(['quotas beta=100 @7', 'capacity 1088 @7', 'pressure none @7']);
  expect(publisher.capacity()).toBe(1_088);
  expect(await publisher.keepUp()).toBe('nothing');
});

test('before the first tick pressure is left as the leader before has published it', async () => {
  const { publisher, take } = rig();
  await publisher.publish({ capacity: 1_024, pressures: undefined }, []);
  expect(take()).toEqual(ALL.slice(0, 2));
});

test('what did not get through is said again, all of it', async () => {
  const { publisher, redis, take } = rig();
  await publisher.publish({ capacity: 1_000, pressures: OPEN }, []);
  take();
  redis.away = true;
  await expect(publisher.publish({ capacity: 1_024, pressures: OPEN }, [])).rejects.toThrow('away');
  expect(publisher.capacity()).toBeNull();
  await expect(publisher.keepUp()).rejects.toThrow('away');
  redis.away = false;
  expect(await publisher.keepUp()).toBe('published');
  expect(take()).toEqual(ALL);
  expect(publisher.capacity()).toBe(1_024);
});

test('another Redis is told everything', async () => {
  const { publisher, redis, take } = rig();
  await publisher.publish({ capacity: 1_024, pressures: OPEN }, []);
  take();
  redis.generation = 'g2';
  expect(await publisher.keepUp()).toBe('published');
  expect(take()).toEqual(ALL);
  expect(await publisher.keepUp()).toBe('nothing');
});

test('an old leader is refused, and says no more of it', async () => {
  const { publisher, redis, take } = rig();
  redis.outcome = 'old_epoch';
  expect(await publisher.publish({ capacity: 1_024, pressures: OPEN }, [])).toBe('old_epoch');
  expect(take()).toEqual([]);
  expect(publisher.capacity()).toBeNull();
});
