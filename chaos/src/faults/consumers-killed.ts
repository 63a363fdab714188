import { setTimeout as sleep } from 'node:timers/promises';
import { seeded, type TestProcess, waitFor } from '@fairlead/testkit';
import { type FaultTest, figure, some } from '../fault-test.ts';
import { drained, repeats, verdict } from '../rig/checker.ts';
import { LOCK_MS, type Rig, withRig } from '../rig/rig.ts';

const WORKSPACES = 50;
/** A freeze is longer than the lock and the search for stalled jobs: others have the jobs by then. */
const FROZEN_MS = 3 * LOCK_MS;
const FREEZE_EVERY = 4;

export const consumersKilled: FaultTest = {
  name: 'consumers-killed',
  about:
    '100,000 jobs while a replica is killed every second and others are frozen for longer than their locks',
  run: ({ quick, seed, say }) =>
    withRig(async (rig) => {
      const jobs = quick ? 1_500 : 100_000;
      const bareEvery = quick ? 2 : 20;
      const strikes = quick ? 8 : Number.POSITIVE_INFINITY;
      const replicas = 4;
      const random = seeded(seed);
      const client = rig.client(await rig.dispatcher());
      // They are there before the jobs: on a slow machine the first would have done them all before the last is started.
      const alive = await Promise.all(Array.from({ length: replicas }, () => replica(rig)));
      const startedMs = performance.now();
      const adding = client.addMany(
        Array.from({ length: jobs }, (_, n) => ({
          workspace: `ws-${n % WORKSPACES}`,
          payload: { ms: 10, effects: n % bareEvery === 0 ? ['bare', 'once'] : ['once'] },
        })),
      );
      /** What each replica finished after others had. */
      const late = new Map<TestProcess, number>();
      /** Thawed or started anew. */
      const coming: Promise<void>[] = [];
      let [kills, freezes] = [0, 0];
      const done = adding.then(() => drained(rig, quick ? 120_000 : 900_000));
      let over = false;
      void done.then(() => {
        over = true;
      });
      while (!over && kills + freezes < strikes) {
        // One is left at work, however slow the others are to come back.
        const held = alive.length < 2 ? undefined : await stopAtWork(rig, random.shuffle(alive));
        if (held) {
          const { victim } = held;
          alive.splice(alive.indexOf(victim), 1);
          if (kills >= freezes * (FREEZE_EVERY - 1)) {
            freezes++;
            coming.push(freeze(rig, held, late).then(() => void alive.push(victim)));
          } else {
            kills++;
            await victim.kill('SIGKILL');
            coming.push(replica(rig).then((another) => void alive.push(another)));
          }
          if ((kills + freezes) % 10 === 0) say(`${kills} killed, ${freezes} frozen`);
        }
        // The first freeze and the first kill at once: a fast machine has soon done all.
        if (kills > 0 || !held) await Promise.race([sleep(held ? 1_000 : 20), done]);
      }
      await done;
      const seconds = (performance.now() - startedMs) / 1_000;
      await Promise.all(coming);
      return [
        figure('kills', kills, some),
        figure('freezes_longer_than_the_lock', freezes, some),
        figure('seconds', Math.round(seconds)),
        ...(await verdict(rig, { accepted: await adding })),
        figure(
          'late_finishes_refused',
          [...late.values()].reduce((sum, finishes) => sum + finishes, 0),
          some,
        ),
        figure('control_duplicate_effects_without_once', await repeats(rig, 'bare'), some),
      ];
    }),
};

const replica = (rig: Rig) => rig.replica({ env: { FAIRLEAD_CONCURRENCY: '16' } });

interface Held {
  readonly victim: TestProcess;
  /** The jobs that it runs. */
  readonly jobs: ReadonlySet<string>;
}

/** Stops the first of them that runs something, and says what; undefined: none does. */
async function stopAtWork(rig: Rig, replicas: readonly TestProcess[]): Promise<Held | undefined> {
  for (const victim of replicas) {
    await victim.kill('SIGSTOP');
    // From now on that is all that it has begun.
    const open = (await rig.runs()).filter(({ pid, endMs }) => pid === victim.pid && endMs === undefined);
    if (open.length > 0) return { victim, jobs: new Set(open.map(({ id }) => id)) };
    await victim.kill('SIGCONT');
  }
  return undefined;
}

/** Leaves a stopped replica frozen until others have run what it held, thaws it, and counts what it finished after them. */
async function freeze(rig: Rig, { victim, jobs }: Held, late: Map<TestProcess, number>): Promise<void> {
  const isDoneByOthers = async () =>
    (await rig.runs()).some(
      ({ id, pid, endMs }) => jobs.has(id) && pid !== victim.pid && endMs !== undefined,
    );
  const refused = async () => {
    const ended = (outcome: string) =>
      rig.metric(victim, 'fairlead_jobs_finished_total', `outcome="${outcome}"`);
    return (await ended('late')) + (await ended('lost_lock')) + (await ended('gone'));
  };
  await sleep(FROZEN_MS);
  // Where that does not happen the figures say so.
  await waitFor(isDoneByOthers, { what: 'others have run it', deadlineMs: 60_000, everyMs: 500 }).catch(
    () => {},
  );
  await victim.kill('SIGCONT');
  const before = late.get(victim) ?? 0;
  await waitFor(async () => (await refused()) > before, { what: 'late finishes' }).catch(() => {});
  late.set(victim, await refused());
}
