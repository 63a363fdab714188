import { atMost, timed } from '../finding.ts';
import { roundLength, roundsUntilHeld, shareErrorPercent } from '../judges/shares.ts';
import { inContest, jobsOf, QUANTUM, type Scenario } from './scenario.ts';

const BEFORE = new Map([
  ['rises', 1],
  ['stays', 1],
]);
const AFTER = new Map([
  ['rises', 4],
  ['stays', 1],
]);
/** Rounds that are watched after the change. */
const ROUNDS = 60;

export const reweigh: Scenario = {
  name: 'reweigh',
  about: 'a weight that is changed holds within one round, for the backlog that was there',
  needs: ['weights'],
  play: (system, { reweigh: { slots, runMs } }) =>
    inContest(system, { slots }, async (contest) => {
      const settings = (weights: ReadonlyMap<string, number>) =>
        new Map([...weights].map(([name, weight]) => [name, { weight, concurrency: 0 }]));
      const round = roundLength(AFTER, QUANTUM);
      await contest.configure(settings(BEFORE));
      // Whatever way they are divided, both still have work at the end.
      for (const name of BEFORE.keys()) await contest.add(jobsOf(name, (ROUNDS + 8) * round, runMs));
      await contest.start();
      await contest.until(({ started }) => started >= 4 * round);
      await contest.configure(settings(AFTER));
      const changedAt = contest.seen().starts.length;
      await contest.until(({ started }) => started >= changedAt + ROUNDS * round);
      const after = contest.seen().starts.slice(changedAt, changedAt + ROUNDS * round);
      const error = shareErrorPercent(after.slice(round), AFTER);
      if (system.keeps === 'within_5_percent') return [atMost('share_error_after_a_round', error, '%', 5)];
      // As with `weights`: one job that begins late counts as a round in which they do not hold.
      return [timed(atMost('rounds', roundsUntilHeld(after, AFTER, QUANTUM), 'rounds', 1))];
    }),
};
