import type { TraceJob } from '@fairlead/core';
import { atLeast } from '../finding.ts';
import { heavyMinutes } from '../judges/heavy-minutes.ts';
import type { TraceSizes } from '../sizes.ts';
import { all, inContest, type Scenario } from './scenario.ts';

/** Jobs are added together that came within so many ms of the replay. */
const ADD_EVERY_MS = 20;
/** How many minutes are taken for one at most, where none is heavy. */
const MOST_MINUTES = 16;

export const trace: Scenario = {
  name: 'trace',
  about: 'recorded traffic: in every heavy minute those with work all the while got the same',
  needs: ['several_at_once'],
  play: (system, { trace: sizes }) =>
    inContest(system, { slots: sizes.slots }, async (contest) => {
      const { arrivals, workspaces } = replayOf(sizes);
      await contest.configure(all(workspaces, { concurrency: 0 }));
      await contest.start();
      for (const [atMs, arriving] of arrivals) {
        await contest.untilMs(atMs);
        await contest.add(arriving);
      }
      const heavyIn = async (minuteMs: number) => {
        // What is left of the last minute says nothing: it is not over.
        await contest.untilMs((arrivals.at(-1)?.[0] ?? 0) + minuteMs);
        return heavyMinutes(contest.seen(), minuteMs);
      };
      let heavy = await heavyIn(sizes.minuteMs);
      // Who starts too few jobs in a minute is looked at for longer.
      for (let times = 2; heavy.count === 0 && times <= MOST_MINUTES; times *= 2) {
        heavy = await heavyIn(times * sizes.minuteMs);
      }
      return [
        atLeast('least_jain', heavy.leastJain, '', 0.99),
        atLeast('heavy_minutes', heavy.count, 'minutes', 1),
        { name: 'top_share', value: heavy.topShare * 100, unit: '%' },
      ];
    }),
};

/** The trace, faster, and with each job several times; workspaces are numbered, for their names in the trace are long. */
function replayOf({ jobs, copies, minuteMs, runScale }: TraceSizes) {
  const tenants = [...new Set(jobs.map(({ tenant }) => tenant))];
  const nameOf = (tenant: string) => `tenant-${tenants.indexOf(tenant)}`;
  const bucketOf = ({ atMs }: TraceJob) => Math.floor((atMs * minuteMs) / 60_000 / ADD_EVERY_MS);
  const buckets = Map.groupBy(jobs, bucketOf);
  const arrivals = [...buckets].map(([bucket, came]) => {
    const planned = came.flatMap(({ tenant, runMs }) =>
      Array.from({ length: copies }, () => ({
        workspace: nameOf(tenant),
        runMs: Math.round(runMs * runScale),
      })),
    );
    return [bucket * ADD_EVERY_MS, planned] as const;
  });
  return { arrivals, workspaces: tenants.map(nameOf) };
}
