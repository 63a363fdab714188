import { atMost, timed } from '../finding.ts';
import { timeErrorPercent, workerTime } from '../judges/worker-time.ts';
import { all, inContest, jobsOf, type Scenario } from './scenario.ts';

const HOG = 'long';
const LIGHT = 'short';
const WEIGHTS = new Map([
  [HOG, 1],
  [LIGHT, 1],
]);

export const longHog: Scenario = {
  name: 'long_hog',
  about:
    'with runtime fairness a workspace of jobs 100 times as long gets its weight in worker time, and no more',
  needs: ['several_at_once'],
  play: (system, { longHog: { longMs, shortMs, slots, learnMs, countMs } }) =>
    inContest(system, { slots }, async (contest) => {
      await contest.configure(all([...WEIGHTS.keys()], { fairness: 'runtime', concurrency: 0 }));
      // Enough for all slots and all of the time, whoever gets them; in turn, as they would come.
      const enough = (runMs: number) => Math.ceil((slots * (learnMs + countMs)) / runMs) + slots;
      const [longs, shorts] = [jobsOf(HOG, enough(longMs), longMs), jobsOf(LIGHT, enough(shortMs), shortMs)];
      await contest.add(longs.flatMap((job, n) => [job, ...shorts.slice(n, n + 1)]));
      await contest.add(shorts.slice(longs.length));
      await contest.start();
      await contest.untilMs(learnMs + countMs);
      const times = workerTime(contest.seen(), learnMs, learnMs + countMs);
      const total = [...times.values()].reduce((sum, ms) => sum + ms, 0);
      return [
        timed(atMost('time_error', timeErrorPercent(times, WEIGHTS), '%', 5)),
        { name: 'long_share', value: ((times.get(HOG) ?? 0) / total) * 100, unit: '%' },
      ];
    }),
};
