import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type TestProcess, waitFor } from '@fairlead/testkit';
import { type FaultTest, figure, some, within } from '../fault-test.ts';
import { drained, verdict } from '../rig/checker.ts';
import { type Rig, withRig } from '../rig/rig.ts';

const LANES = 4;

export const redisKilled: FaultTest = {
  name: 'redis-killed',
  about: 'Redis is killed every 10 s for 5 minutes, under load',
  run: (options) => killRedis({ ...options, cut: false }),
};

export const redisCut: FaultTest = {
  name: 'redis-cut',
  about: 'Redis is killed and the end of its append-only file is cut off, again and again, under load',
  run: (options) => killRedis({ ...options, cut: true }),
};

function killRedis({ quick, say, cut }: Parameters<FaultTest['run']>[0] & { cut: boolean }) {
  return withRig(async (rig) => {
    const kills = quick ? 2 : cut ? 10 : 30;
    const betweenMs = quick ? 2_000 : 10_000;
    const processes = await Promise.all([rig.dispatcher(), rig.replica(), rig.replica()]);
    const [dispatcher] = processes;
    const client = rig.client(dispatcher);
    const accepted: string[] = [];
    let over = false;
    const lane = async (_: unknown, n: number) => {
      for (let i = 0; !over; i++) {
        // Some wait for long enough to be in Redis when its end is cut off.
        const payload = { ms: i % 10 === 0 ? 1_000 : 0, effects: ['once'] };
        const reply = await client.add({ workspace: `lane-${n}`, payload });
        if (reply.outcome === 'answered' && reply.status < 300) accepted.push(reply.body.id);
        await sleep(quick ? 5 : 20);
      }
    };
    const lanes = Array.from({ length: LANES }, lane);
    const finished = () => rig.count('SELECT count(*) FROM chaos_effect');
    let [bytesCut, absent, slowestMs] = [0, 0, 0];
    for (let kill = 1; kill <= kills; kill++) {
      await sleep(betweenMs - 1_000);
      const size = statSync(appendOnlyFile(rig)).size;
      const [mark] = await rig.sql<{ at: Date }>('SELECT clock_timestamp() AS at');
      await sleep(1_000);
      const since = () =>
        rig.count(`SELECT count(*) FROM "Job" WHERE state = 'queued' AND "createdAt" > $1`, [mark?.at]);
      await waitFor(async () => (await since()) >= LANES, { what: 'some are in Redis since', everyMs: 5 });
      await rig.redis.kill('SIGKILL');
      if (cut) {
        bytesCut += statSync(appendOnlyFile(rig)).size - size;
        truncateSync(appendOnlyFile(rig), size);
        // Nobody repairs or finishes anything until it is known what is missing.
        await signal(processes, 'SIGSTOP');
      }
      await rig.redis.restart();
      if (cut) {
        // The control: without the reconciler this is what would be left of them.
        absent += await absentFromRedis(rig).finally(() => signal(processes, 'SIGCONT'));
      }
      const [backMs, before] = [performance.now(), await finished()];
      await waitFor(async () => (await finished()) > before, { what: 'jobs flow again', deadlineMs: 60_000 });
      slowestMs = Math.max(slowestMs, performance.now() - backMs);
      say(`kill ${kill} of ${kills}: ${accepted.length} accepted, ${before} done`);
    }
    over = true;
    await Promise.all(lanes);
    const overMs = performance.now();
    await drained(rig, 150_000);
    return [
      figure('kills', kills, some),
      ...(cut
        ? [
            figure('bytes_cut_off', bytesCut, some, 'bytes'),
            figure('control_absent_from_redis_without_repair', absent, some, 'jobs'),
          ]
        : []),
      figure('flowing_again_after_at_most', Math.round(slowestMs), within(5_000, quick), 'ms'),
      figure('all_done_after', Math.round(performance.now() - overMs), within(30_000, quick), 'ms'),
      ...(await verdict(rig, { accepted })),
    ];
  });
}

async function signal(processes: readonly TestProcess[], name: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
  for (const process of processes) await process.kill(name);
}

/** How many jobs are in Redis as far as the ledger knows, and are not. */
async function absentFromRedis(rig: Rig): Promise<number> {
  const rows = await rig.sql<{ id: string; workspace: string }>(
    `SELECT id, workspace FROM "Job" WHERE state = 'queued'`,
  );
  if (rows.length === 0) return 0;
  const keys = rows.map(({ id, workspace }) => `{fl0}:${workspace}:${id}`);
  // It says "-LOADING" until it has read what is left of its file.
  const found = await waitFor(async () => /^:(\d+)/.exec(await rig.redis.command('EXISTS', ...keys))?.[1], {
    what: 'Redis has loaded its data',
    everyMs: 5,
  });
  return rows.length - Number(found);
}

function appendOnlyFile(rig: Rig): string {
  const folder = join(rig.redis.dataDir, 'appendonlydir');
  const name = readdirSync(folder).find((entry) => entry.endsWith('.incr.aof'));
  if (name === undefined) throw new Error(`There is no append-only file in ${folder}.`);
  return join(folder, name);
}
