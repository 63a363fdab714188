import { atMost, timed } from '../finding.ts';
import { waitQuantile } from '../judges/waits.ts';
import { inContest, jobsOf, type Scenario } from './scenario.ts';

const HOG = 'hog';
const TRICKLE = 'trickle';
const GRACE_MS = 100;

export const trickle: Scenario = {
  name: 'trickle',
  about: 'single jobs beside a large backlog wait for one of its jobs to end, and 100 ms at most',
  needs: [],
  play: (system, { trickle: { backlog, jobs, everyMs, slots, runMs } }) =>
    inContest(system, { slots }, async (contest) => {
      await contest.add(jobsOf(HOG, backlog, runMs));
      await contest.start();
      await contest.until(({ started }) => started >= slots);
      for (let job = 1; job <= jobs; job++) {
        await contest.untilMs(job * everyMs);
        await contest.add(jobsOf(TRICKLE, 1, runMs));
      }
      await contest.untilMs((jobs + 1) * everyMs + runMs + GRACE_MS);
      const waitMs = waitQuantile(contest.seen(), 0.99, ({ workspace }) => workspace === TRICKLE);
      return [timed(atMost('wait_p99_beyond_run_ms', waitMs - runMs, 'ms', GRACE_MS))];
    }),
};
