import type { Contest, Seen } from '../fair-system.ts';
import { atMost, type Finding, timed } from '../finding.ts';
import { longestIdleMs, type Room } from '../judges/idle-slots.ts';
import { all, inContest, jobsOf, names, type Scenario } from './scenario.ts';

const IDLE_MS = 50;
/** Connecting is no part of it: there is one job before all others. */
const OPENING = 'opening';

/** Starts, and resolves with the time when a job has been through. */
async function opened(contest: Contest): Promise<number> {
  await contest.add(jobsOf(OPENING, 1, 0));
  await contest.start();
  await contest.until(({ ended }) => ended >= 1);
  return contest.seen().atMs;
}

function idleFinding(seen: Seen, room: Room): Finding {
  const attempts = seen.attempts.filter(({ workspace }) => workspace !== OPENING);
  return timed(atMost('longest_idle_ms', longestIdleMs({ ...seen, attempts }, room), 'ms', IDLE_MS));
}

/** One workspace may use everything, and others come and go. */
export const idleCapacity: Scenario = {
  name: 'idle_capacity',
  about: 'no slot is idle for more than 50 ms while anything is runnable',
  needs: ['several_at_once'],
  play: (system, { idleCapacity: { replicas, slotsEach, runMs, waves } }) =>
    inContest(system, { slots: slotsEach, replicas }, async (contest) => {
      const slots = replicas * slotsEach;
      const beginMs = await opened(contest);
      // A wave of one alone, then of many with a job or two; between them there is nothing to do.
      for (let wave = 0; wave < waves; wave++) {
        await contest.untilMs(beginMs + wave * 5 * runMs);
        const jobs =
          wave % 2 === 0
            ? jobsOf('alone', 3 * slots, runMs)
            : names(slots).flatMap((workspace, n) => jobsOf(workspace, 1 + (n % 2), runMs));
        await contest.add(jobs);
      }
      await contest.untilMs(beginMs + waves * 5 * runMs);
      return [idleFinding(contest.seen(), { slots })];
    }),
};

/** Where limits decide who may run: what a finish frees is used. */
export const idleUnderLimits: Scenario = {
  name: 'idle_under_limits',
  about: 'the same where every workspace has a limit, and only its own finishes make it runnable',
  needs: ['quotas'],
  play: (system, { idleCapacity: { replicas, slotsEach, runMs, waves } }) =>
    inContest(system, { slots: slotsEach, replicas }, async (contest) => {
      const slots = replicas * slotsEach;
      // Two more than there are slots: whose job ends may have to leave the slot to another.
      const workspaces = names(slots + 2);
      const limits = new Map(workspaces.map((workspace) => [workspace, 1]));
      await contest.configure(all(workspaces, { concurrency: 1 }));
      const beginMs = await opened(contest);
      for (const [n, workspace] of workspaces.entries()) {
        // Of one length they would all end together.
        await contest.add(jobsOf(workspace, waves * 3, runMs + (n * runMs) / slots));
      }
      await contest.untilMs(beginMs + waves * 3 * runMs);
      return [idleFinding(contest.seen(), { slots, limits })];
    }),
};
