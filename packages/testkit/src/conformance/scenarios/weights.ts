import { atLeast, atMost, timed } from '../finding.ts';
import { shareErrorPercent, weightedJain, worstLead } from '../judges/shares.ts';
import { inContest, jobsOf, QUANTUM, type Scenario } from './scenario.ts';

const WEIGHTS = new Map([
  ['one', 1],
  ['two', 2],
  ['four', 4],
  ['eight', 8],
]);
/** So that the last of them still has work when the starts are counted. */
const SPARE = 1.1;

export const weights: Scenario = {
  name: 'weights',
  about: 'backlogged workspaces of weights 1 : 2 : 4 : 8 get starts in that ratio, in every window',
  needs: ['weights'],
  play: (system, { weights: { starts, slots, runMs } }) =>
    inContest(system, { slots }, async (contest) => {
      const all = [...WEIGHTS.values()].reduce((sum, weight) => sum + weight, 0);
      await contest.configure(
        new Map([...WEIGHTS].map(([name, weight]) => [name, { weight, concurrency: 0 }])),
      );
      for (const [name, weight] of WEIGHTS) {
        await contest.add(jobsOf(name, Math.ceil((starts * SPARE * weight) / all), runMs));
      }
      await contest.start();
      await contest.until(({ started }) => started >= starts);
      const counted = contest.seen().starts.slice(0, starts);
      const exact = system.keeps === 'to_the_quantum';
      // Of few starts a quantum is more than 1 %.
      const mostError = exact ? Math.max(1, (100 * QUANTUM * all) / starts) : 5;
      const lead = worstLead(counted, WEIGHTS, QUANTUM);
      return [
        atMost('share_error', shareErrorPercent(counted, WEIGHTS), '%', mostError),
        // Of jobs that are claimed one after the other, the later may begin first where beginning takes its time.
        exact
          ? timed(atMost('worst_lead', lead, 'quanta', 1 + 1e-9))
          : { name: 'worst_lead', value: lead, unit: 'quanta' },
        atLeast('jain', weightedJain(counted, WEIGHTS), '', 0.999),
      ];
    }),
};
