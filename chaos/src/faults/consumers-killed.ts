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
      const replicas = 4;
      const random = seeded(seed);
      const client = rig.client(await rig.dispatcher());
      const accepted = await client.addMany(
        Array.from({ length: jobs }, (_, n) => ({
          workspace: `ws-${n % WORKSPACES}`,
          payload: { ms: 10, effects: n % bareEvery === 0 ? ['bare', 'once'] : ['once'] },
        })),
      );
      const startedMs = performance.now();
      const alive = await Promise.all(Array.from({ length: replicas }, () => replica(rig)));
      const late = { finishes: 0 };
      /** Thawed or started anew. */
      const coming: Promise<void>[] = [];
      let [kills, freezes] = [0, 0];
      const done = drained(rig, quick ? 60_000 : 900_000);
      let over = false;
      void done.then(() => {
        over = true;
      });
      for (let second = 1; !over; second++) {
        await Promise.race([sleep(1_000), done]);
        // One is left at work, however slow the others are to come back.
        if (over || alive.length < 2) continue;
        const victim = random.pick(alive);
        alive.splice(alive.indexOf(victim), 1);
        if (second % FREEZE_EVERY === 1) {
          freezes++;
          coming.push(freeze(rig, victim, late).then(() => void alive.push(victim)));
        } else {
          kills++;
          await victim.kill('SIGKILL');
          coming.push(replica(rig).then((another) => void alive.push(another)));
        }
        if (second % 10 === 0) say(`${second} s: ${kills} killed, ${freezes} frozen`);
      }
      const seconds = (performance.now() - startedMs) / 1_000;
      await Promise.all(coming);
      return [
        figure('kills', kills, some),
        figure('freezes_longer_than_the_lock', freezes, some),
        figure('seconds', Math.round(seconds)),
        ...(await verdict(rig, { accepted })),
        figure('late_finishes_refused', late.finishes, some),
        figure('control_duplicate_effects_without_once', await repeats(rig, 'bare'), some),
      ];
    }),
};

const replica = (rig: Rig) => rig.replica({ env: { FAIRLEAD_CONCURRENCY: '16' } });

/** Freezes a replica, thaws it, and counts what it finished after others had. */
async function freeze(rig: Rig, victim: TestProcess, late: { finishes: number }): Promise<void> {
  const refused = async () => {
    const ended = (outcome: string) =>
      rig.metric(victim, 'fairlead_jobs_finished_total', `outcome="${outcome}"`);
    return (await ended('late')) + (await ended('lost_lock')) + (await ended('gone'));
  };
  const before = await refused();
  await victim.kill('SIGSTOP');
  await sleep(FROZEN_MS);
  await victim.kill('SIGCONT');
  // What it held when it was frozen ends soon; an idle one had held nothing.
  await waitFor(async () => (await refused()) > before, { what: 'late finishes', deadlineMs: 2_000 }).catch(
    () => {},
  );
  late.finishes += (await refused()) - before;
}
