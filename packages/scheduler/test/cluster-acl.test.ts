/** A cluster whose users have what `infra/redis/users.acl.template` says, and no more. */
import { readFileSync } from 'node:fs';
import { DEFAULT_WORKSPACE_CONFIG, NO_COUNTS } from '@fairlead/core';
import { privateCluster, type TestCluster } from '@fairlead/testkit';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createClaimer, createProducer, createScheduler, type Scheduler } from '../src/index.ts';
import { claim, claimUntil } from './support/claiming.ts';
import { jobs, SHORT } from './support/rig.ts';

const TEMPLATE = readFileSync(new URL('../../../infra/redis/users.acl.template', import.meta.url), 'utf8');
const USERS = ['dispatcher', 'consumer', 'controller', 'board'] as const;

let cluster: TestCluster;
const closers: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  cluster = await privateCluster();
  for (const { command } of cluster.primaries) {
    for (const user of USERS) {
      const answer = await command('ACL', 'SETUSER', user, ...rulesOf(user));
      if (!answer.startsWith('+OK')) throw new Error(`${user}: ${answer}`);
    }
  }
});

afterAll(async () => {
  for (const close of closers.reverse()) await close();
  await cluster?.stop();
});

/** As in the file, with the user's own name as its password, and with what a cluster needs besides. */
function rulesOf(user: string): string[] {
  const [line = ''] = TEMPLATE.match(new RegExp(`^user ${user} .*`, 'm')) ?? [];
  const rules = line.split(' ').slice(2);
  const besides = ['all', user].flatMap(
    (who) => new RegExp(`^#   ${who} +(.*)`, 'm').exec(TEMPLATE)?.[1]?.split(' ') ?? [],
  );
  return [...rules.map((rule) => (rule.startsWith('#<') ? `>${user}` : rule)), ...besides];
}

function schedulerOf(user: (typeof USERS)[number]): Scheduler {
  const url = cluster.url.replace('redis://', `redis://${user}:${user}@`);
  const scheduler = createScheduler({ redis: { url, cluster: true } });
  closers.push(() => scheduler.close());
  return scheduler;
}

async function refusals(): Promise<string[]> {
  const logs = await Promise.all(cluster.primaries.map(({ command }) => command('ACL', 'LOG')));
  return logs.filter((log) => !log.startsWith('*0'));
}

test('each service does its work on a cluster under its own user', async () => {
  const [dispatcher, controller, board] = [
    schedulerOf('dispatcher'),
    schedulerOf('controller'),
    schedulerOf('board'),
  ];
  await dispatcher.ping(5_000);
  await dispatcher.configure([{ workspace: 'acme', config: DEFAULT_WORKSPACE_CONFIG }]);
  await dispatcher.writeGeneration();
  const producer = createProducer(dispatcher);
  const replica = createClaimer(schedulerOf('consumer'), {
    replicaId: 'one',
    stallIntervalMs: SHORT.stallIntervalMs,
  });
  closers.push(() => replica.stop());
  await replica.start();
  expect((await claim(replica, 8)).jobs).toEqual([]);
  const woken = replica.waitForWork(5_000);
  await producer.add([...jobs('acme', 2), ...jobs('globex', 1)]);
  await woken;
  const [first, second, third] = await claimUntil(replica, 3, { what: 'all are claimed' });
  await replica.complete(first!, null);
  await replica.discard(second!);
  await replica.fail(third!, new Error('no'), { retry: false });

  expect(await dispatcher.beat(await dispatcher.shardStates(), 1)).toHaveLength(64);
  await dispatcher.memory();
  const report = { slots: 8, draining: false, vitals: undefined, evidence: [], counts: new Map() };
  await dispatcher.report({ ...report, reporter: 'd', id: '1', kind: 'dispatcher', slots: 0 });
  await dispatcher.report({
    ...report,
    reporter: 'one',
    id: '2',
    kind: 'consumer',
    counts: new Map([['acme', NO_COUNTS]]),
  });
  expect((await controller.readReports(undefined, 10)).reports).toHaveLength(2);
  expect(await controller.setQuotas([{ workspace: 'acme', quota: 100 }], 1)).toBe('published');
  for await (const _ of controller.loads());
  expect(await controller.generation()).toBeDefined();
  await board.ping(5_000);
  expect(await board.counts(['acme', 'globex'])).toHaveLength(2);
  expect(await board.queueFor('acme').getJobCounts()).toMatchObject({ waiting: 0 });
  expect(await refusals()).toEqual([]);
});
