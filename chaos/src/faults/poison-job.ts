import type { TestProcess } from '@fairlead/testkit';
import { atMost, exactly, type FaultTest, figure, some } from '../fault-test.ts';
import { drained, verdict } from '../rig/checker.ts';
import { withRig } from '../rig/rig.ts';
import { stockPoison } from '../rig/stock-poison.ts';

const CRASHED = 70;
/** On a machine that stands still for a whole lock, neighbours would be counted as victims too. */
const LOCK_MS = 3_000;

export const poisonJob: FaultTest = {
  name: 'poison-job',
  about: 'one job of 500 kills every replica that runs it; replicas are restarted',
  run: ({ quick, say }) =>
    withRig(async (rig) => {
      const neighbours = 499;
      const replicas = quick ? 2 : 4;
      const client = rig.client(await rig.dispatcher());
      const half = Math.floor(neighbours / 2);
      const workers = (count: number) =>
        Array.from({ length: count }, () => ({ payload: { ms: 20, effects: ['once'] } }));
      const accepted = await client.addMany([
        ...workers(half),
        { type: 'crash' },
        ...workers(neighbours - half),
      ]);
      let deaths = 0;
      let over = false;
      const started: TestProcess[] = [];
      const slot = async () => {
        while (!over) {
          const replica = await rig.replica({
            env: { FAIRLEAD_CONCURRENCY: '16', FAIRLEAD_LOCK_MS: String(LOCK_MS) },
          });
          started.push(replica);
          if (over) void replica.stop(500);
          const { code } = await replica.exited;
          if (code !== CRASHED) continue;
          deaths++;
          say(`death ${deaths}`);
        }
      };
      const slots = Array.from({ length: replicas }, slot);
      await drained(rig, 150_000);
      over = true;
      const figures = [
        figure('deaths', deaths, some),
        figure('deaths_at_most', deaths, atMost(3)),
        figure(
          'done',
          await rig.count(`SELECT count(*) FROM "Job" WHERE state = 'succeeded'`),
          exactly(neighbours),
        ),
        figure(
          'poison_dead_lettered',
          await rig.count(`SELECT count(*) FROM "Job" WHERE state = 'dead' AND type = 'crash'`),
          exactly(1),
        ),
        ...(await verdict(rig, { accepted, dead: 1 })),
      ];
      await Promise.all(started.map((replica) => replica.stop(500)));
      await Promise.all(slots);
      return [...figures, ...(await stockPoison(rig, replicas))];
    }),
};
