import { atMost } from '../finding.ts';
import { longestIdleMs } from '../judges/idle-slots.ts';
import { inContest, jobsOf, names, type Scenario } from './scenario.ts';

const IDLE_MS = 50;

/** One workspace may use everything, and others come and go. */
export const idleCapacity: Scenario = {
  name: 'idle_capacity',
  about: 'no slot is idle for more than 50 ms while anything is runnable',
  needs: ['several_at_once'],
  play: (system, { idleCapacity: { slots, runMs, waves } }) =>
    inContest(system, { slots }, async (contest) => {
      // A wave of one alone, then of many with a job or two; between them there is nothing to do.
      await contest.start();
      for (let wave = 0; wave < waves; wave++) {
        await contest.untilMs(wave * 5 * runMs);
        const jobs =
          wave % 2 === 0
            ? jobsOf('alone', 3 * slots, runMs)
            : names(slots).flatMap((workspace, n) => jobsOf(workspace, 1 + (n % 2), runMs));
        await contest.add(jobs);
      }
      await contest.untilMs(waves * 5 * runMs);
      return [atMost('longest_idle_ms', longestIdleMs(contest.seen(), { slots }), 'ms', IDLE_MS)];
    }),
};

/** Where limits decide who may run: what a finish frees is used. */
export const idleUnderLimits: Scenario = {
  name: 'idle_under_limits',
  about: 'the same where every workspace has a limit, and only its own finishes make it runnable',
  needs: ['quotas'],
  play: (system, { idleCapacity: { slots, runMs, waves } }) =>
    inContest(system, { slots }, async (contest) => {
      const workspaces = names(slots);
      const limits = new Map(workspaces.map((workspace, n) => [workspace, n === 0 ? 2 : 1]));
      await contest.configure(
        new Map([...limits].map(([workspace, concurrency]) => [workspace, { concurrency }])),
      );
      for (const [n, workspace] of workspaces.entries()) {
        // Of one length they would all end together.
        await contest.add(jobsOf(workspace, waves * 3, runMs + (n * runMs) / slots));
      }
      await contest.start();
      await contest.untilMs(waves * 3 * runMs);
      const seen = contest.seen();
      return [atMost('longest_idle_ms', longestIdleMs(seen, { slots, limits }), 'ms', IDLE_MS)];
    }),
};
