import { atMost } from '../finding.ts';
import { all, inContest, jobsOf, names, type Scenario } from './scenario.ts';

/** Beyond the time that counts, however long it takes until it begins. */
const FOR_LONG_MS = 60_000;
/** A token in half a minute or so. */
const RARE = { ratePerSecond: 0.03, burst: 1, concurrency: 0 };

export const allAtQuota: Scenario = {
  name: 'all_at_quota',
  about:
    'where all workspaces with work are at their quota, a replica with free slots asks less than 20 times a second',
  needs: ['quotas', 'requests'],
  play: (system, { allAtQuota: { workspaces, countMs } }) =>
    // Every workspace has a job that runs for all of the time, or had its only one; half of the slots are free.
    inContest(system, { slots: workspaces * 2 }, async (contest) => {
      const full = names(workspaces / 2, 'full');
      const metered = names(workspaces / 2, 'metered');
      await contest.configure(new Map([...all(full, { concurrency: 1 }), ...all(metered, RARE)]));
      await contest.add(full.flatMap((workspace) => jobsOf(workspace, 3, countMs + FOR_LONG_MS)));
      await contest.add(metered.flatMap((workspace) => jobsOf(workspace, 3, 0)));
      await contest.start();
      await contest.until(({ started, ended }) => started >= workspaces && ended >= metered.length);
      const asked = await contest.requestsDuring(countMs);
      return [atMost('requests_per_second', (asked * 1_000) / countMs, '/s', 20)];
    }),
};
