import { nearestRank } from '@fairlead/core';
import type { Seen } from '../fair-system.ts';
import { atMost, timed } from '../finding.ts';
import { waitQuantile } from '../judges/waits.ts';
import type { SkewSizes } from '../sizes.ts';
import { inContest, jobsOf, names, type Scenario } from './scenario.ts';

const HOG = 'hog';

export const skew: Scenario = {
  name: 'skew',
  about: 'one workspace has a thousand times the work: the others are done as if it were one more of them',
  needs: [],
  async play(system, { skew: sizes }) {
    const { lights, each, slots, runMs, hog } = sizes;
    const workspaces = names(lights);
    const total = lights * each;
    const playWith = (hogJobs: number) =>
      inContest(system, { slots }, async (contest) => {
        if (hogJobs > 0) await contest.add(jobsOf(HOG, hogJobs, runMs));
        // In turn, as they would come.
        await contest.add(
          Array.from({ length: each }, () => workspaces.map((workspace) => ({ workspace, runMs }))).flat(),
        );
        await contest.start();
        await contest.until(({ started, startedOf }) => started - startedOf(HOG) >= total);
        return contest.seen();
      });
    const ratios: number[] = [];
    const doneAfter: number[] = [];
    for (let round = 0; round < sizes.rounds; round++) {
      const alone = await playWith(0);
      const beside = await playWith(hog);
      ratios.push(lightWaitMs(beside) / lightWaitMs(alone));
      doneAfter.push(startsUntilDone(beside) / idealStarts(sizes));
    }
    ratios.sort((a, b) => a - b);
    return [
      timed(atMost('light_wait_p95_ratio', nearestRank(ratios, 0.5), '×', 2)),
      atMost('light_done_after', Math.max(...doneAfter), '×', 1 + tolerance(sizes)),
    ];
  },
};

const lightWaitMs = (seen: Seen) => waitQuantile(seen, 0.95, ({ workspace }) => workspace !== HOG);

/** Starts of anybody until the last light job has started. */
function startsUntilDone(seen: Seen): number {
  return seen.starts.findLastIndex((workspace) => workspace !== HOG) + 1;
}

/** The hog gets as much as any other meanwhile. */
const idealStarts = ({ lights, each }: SkewSizes) => (lights + 1) * each;

/** Two quanta of the hog more, and no less than 1 %. */
const tolerance = (sizes: SkewSizes) => Math.max(0.01, 8 / idealStarts(sizes));
