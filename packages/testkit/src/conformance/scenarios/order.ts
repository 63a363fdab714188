import type { PlannedJob } from '../fair-system.ts';
import { atLeast, atMost } from '../finding.ts';
import { misplaced } from '../judges/order.ts';
import { inContest, jobsOf, type Scenario } from './scenario.ts';

const WORKSPACE = 'ordered';
/** Priorities in the order of adding; delays and retries, in runs. */
const PRIORITIES = [5, 1, 3, 1, 5, 2, 3, 1];
const DELAYS = [3, 9, 6];

export const order: Scenario = {
  name: 'order',
  about: 'priorities, delayed and retried jobs of a workspace run in the order that BullMQ defines',
  needs: ['order'],
  play: (system, { order: { runMs, slackMs } }) =>
    inContest(system, { slots: 1 }, async (contest) => {
      const job = (more: Partial<PlannedJob>): PlannedJob => ({ workspace: WORKSPACE, runMs, ...more });
      const jobs = [
        ...PRIORITIES.map((priority) => job({ priority })),
        ...jobsOf(WORKSPACE, 8, runMs),
        ...DELAYS.map((runs) => job({ delayMs: runs * runMs })),
        ...DELAYS.map((runs) => job({ delayMs: runs * runMs, priority: 1 })),
        job({ failures: 2, retryMs: 2 * runMs }),
        job({ failures: 1, retryMs: 3 * runMs, priority: 2 }),
      ];
      await contest.add(jobs);
      await contest.start();
      const attempts = jobs.reduce((sum, { failures = 0 }) => sum + 1 + failures, 0);
      await contest.until(({ ended }) => ended >= attempts);
      const seen = contest.seen();
      return [
        atMost('misplaced', misplaced(seen, slackMs).length, 'jobs', 0),
        atLeast('attempts', seen.starts.length / attempts, '×', 1),
      ];
    }),
};
