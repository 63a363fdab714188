import type { TestProcess } from '@fairlead/testkit';
import { atMost, exactly, type FaultTest, figure, some } from '../fault-test.ts';
import { drained, verdict } from '../rig/checker.ts';
import { withRig } from '../rig/rig.ts';

const CRASHED = 70;

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
      const slot = async () => {
        while (!over) {
          const replica: TestProcess = await rig.replica({ env: { FAIRLEAD_CONCURRENCY: '16' } });
          const { code } = await replica.exited;
          if (code !== CRASHED) continue;
          deaths++;
          say(`death ${deaths}`);
        }
      };
      const slots = Array.from({ length: replicas }, slot);
      await drained(rig, 60_000);
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
      void Promise.allSettled(slots);
      return figures;
    }),
};
