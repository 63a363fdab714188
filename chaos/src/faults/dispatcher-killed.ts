/**
 * The dispatcher dies between its commit and its add: behind a proxy that holds what goes to Redis, the rows are seen to
 * become durable, and then it is killed. The add dies with its connection.
 */
import { nearestRank } from '@fairlead/core';
import { type FaultProxy, faultProxy, type TestProcess, waitFor } from '@fairlead/testkit';
import { exactly, type FaultTest, figure, some, within } from '../fault-test.ts';
import { drained, verdict } from '../rig/checker.ts';
import { type Client, many } from '../rig/client.ts';
import { type Rig, withRig } from '../rig/rig.ts';

/** From when on the relay may take a row: the design's figure. */
const GRACE_MS = 10_000;
const JOBS_A_KILL = 20;

export const dispatcherKilled: FaultTest = {
  name: 'dispatcher-killed',
  about: 'dispatchers are killed between the commit and the add',
  run: ({ quick, seed, say }) =>
    withRig(async (rig) => {
      const rounds = quick ? 1 : 10;
      const killsARound = quick ? 2 : 5;
      const survivor = await rig.dispatcher();
      const client = rig.client(survivor);
      const accepted: string[] = [];
      let unanswered = 0;
      let lostChunks = 0;
      let absent = 0;
      for (let round = 0; round < rounds; round++) {
        const victims = await Promise.all(
          Array.from({ length: killsARound }, (_, i) => openVictim(rig, `r${round}-v${i}`, seed + i)),
        );
        // Together, and within the grace: no victim has taken rows of another one for its relay.
        const killed = await Promise.all(victims.map((victim) => kill(rig, victim)));
        for (const one of killed) {
          unanswered += one.unanswered;
          lostChunks += one.lostChunks;
          absent += one.absent;
          // What clients do that got no answer.
          accepted.push(
            ...(await many(one.keys.length, 8, (n) => client.addSurely(jobOf(one.keys[n] as string)))),
          );
        }
        const waiting = `SELECT count(*) FROM "Job" WHERE state = 'accepted'`;
        await waitFor(async () => (await rig.count(waiting)) === 0, {
          what: 'the relay has added them',
          deadlineMs: 90_000,
          everyMs: 100,
        });
        say(`round ${round + 1} of ${rounds}: ${accepted.length} jobs cut off and relayed`);
      }
      const lags = await rig.sql<{ ms: number }>(
        `SELECT extract(epoch FROM "queuedAt" - "createdAt")::float8 * 1000 - ${GRACE_MS} AS ms
         FROM "Job" WHERE "idempotencyKey" LIKE 'r%'`,
      );
      const sorted = lags.map(({ ms }) => ms).sort((a, b) => a - b);
      await rig.replica();
      await drained(rig, 90_000);
      return [
        figure('kills', rounds * killsARound, some),
        figure('requests_cut_off', unanswered, exactly(accepted.length)),
        figure('adds_that_died', lostChunks, some),
        figure('control_absent_from_redis_without_relay', absent, exactly(accepted.length)),
        figure('relay_lag_p50', Math.round(nearestRank(sorted, 0.5)), undefined, 'ms'),
        figure('relay_lag_p99', Math.round(nearestRank(sorted, 0.99)), within(2_000, quick), 'ms'),
        ...(await verdict(rig, { accepted })),
      ];
    }),
};

const jobOf = (key: string) => ({ key, payload: { key } });

interface Victim {
  readonly name: string;
  readonly process: TestProcess;
  readonly proxy: FaultProxy;
  readonly client: Client;
}

async function openVictim(rig: Rig, name: string, seed: number): Promise<Victim> {
  const proxy = await faultProxy({ port: rig.redis.port, seed });
  const process = await rig.dispatcher({ redisThrough: proxy });
  const client = rig.client(process);
  // It knows the workspace from now on: for a new one it would speak to Redis before the commit.
  await client.add({ payload: { effects: [] } });
  return { name, process, proxy, client };
}

async function kill(rig: Rig, { name, process, proxy, client }: Victim) {
  proxy.silence('to_server');
  const keys = Array.from({ length: JOBS_A_KILL }, (_, n) => `${name}-${n}`);
  const replies = keys.map((key) => client.add(jobOf(key)));
  const durable = `SELECT count(*) FROM "Job" WHERE "idempotencyKey" = ANY($1)`;
  await waitFor(async () => (await rig.count(durable, [keys])) === keys.length, {
    what: 'the rows are durable',
    everyMs: 5,
  });
  await process.kill('SIGKILL');
  proxy.reset();
  // The control: without the relay this is what would be left of them.
  const absent = await absentFromRedis(rig, keys);
  const { lostChunks } = proxy.counts();
  await proxy.close();
  const unanswered = (await Promise.all(replies)).filter(({ outcome }) => outcome === 'no_answer').length;
  return { keys, unanswered, lostChunks, absent };
}

async function absentFromRedis(rig: Rig, keys: readonly string[]): Promise<number> {
  const rows = await rig.sql<{ id: string }>(`SELECT id FROM "Job" WHERE "idempotencyKey" = ANY($1)`, [keys]);
  const found = await rig.redis.command('EXISTS', ...rows.map(({ id }) => `{fl0}:acme:${id}`));
  return rows.length - Number(found.slice(1));
}
