import type { Contest, Seen } from '../fair-system.ts';
import { atLeast, atMost, type Finding, timed } from '../finding.ts';
import { mostInFlight } from '../judges/in-flight.ts';
import { startsBeyondTokens, tokensUsed } from '../judges/tokens.ts';
import type { QuotaSizes } from '../sizes.ts';
import { inContest, jobsOf, type Scenario } from './scenario.ts';

const LIMITED = 'limited';
const METERED = 'metered';
const FREE = 'free';
/** Part of the time after which the replica is killed. */
const KILL_AFTER = 0.3;
/** Times the time that counts; later it is given up. */
const UNDER_WAY_WITHIN = 10;

/** One replica. */
export const quota: Scenario = {
  name: 'quota',
  about: 'never more in flight than the limit, never more starts than the tokens; and all of both is used',
  needs: ['quotas'],
  play: (system, { quota: sizes }) =>
    inContest(system, { slots: sizes.slots * sizes.replicas }, async (contest) => {
      await prepare(contest, sizes);
      await contest.start();
      await underWay(contest, sizes);
      await contest.untilMs(sizes.countMs);
      return judge(contest.seen(), sizes);
    }),
};

/** Several replicas, of which one is killed. */
export const quotaKilled: Scenario = {
  name: 'quota_killed',
  about: 'the same with eight replicas, one of which is killed; what it ran is run again',
  needs: ['quotas', 'kill'],
  play: (system, { quota: sizes }) =>
    inContest(system, { slots: sizes.slots, replicas: sizes.replicas, killable: true }, async (contest) => {
      await prepare(contest, sizes);
      await contest.start();
      await underWay(contest, sizes);
      await contest.untilMs(sizes.countMs * KILL_AFTER);
      await contest.until(({ runningOn }) => runningOn(0) > 0);
      await contest.kill();
      await contest.untilMs(sizes.countMs + sizes.recoverMs);
      const seen = contest.seen();
      const killed = seen.attempts.filter((attempt) => attempt.killed);
      const again = killed.filter(({ job }) => seen.attempts.findLast((a) => a.job === job)?.startedAtMs);
      return [
        ...judge(seen, sizes),
        atLeast('killed', killed.length, 'jobs', 1),
        timed(atLeast('killed_run_again', again.length / killed.length, '', 1)),
      ];
    }),
};

async function prepare(
  contest: Contest,
  { concurrency, ratePerSecond, burst, runMs, countMs, recoverMs, slots, replicas }: QuotaSizes,
): Promise<void> {
  await contest.configure(
    new Map([
      [LIMITED, { concurrency }],
      [METERED, { concurrency: 0, ratePerSecond, burst }],
      [FREE, { concurrency: 0 }],
    ]),
  );
  const enough = Math.ceil((slots * replicas * (countMs + recoverMs)) / runMs) + slots * replicas;
  for (const workspace of [LIMITED, METERED, FREE]) await contest.add(jobsOf(workspace, enough, runMs));
}

/** On a busy machine it takes its time until as many are in flight as may be: that long nothing can be said of it. */
async function underWay(contest: Contest, { concurrency, countMs }: QuotaSizes): Promise<void> {
  await contest.until(() => {
    const seen = contest.seen();
    return mostInFlight(seen, LIMITED) >= concurrency || seen.atMs > UNDER_WAY_WITHIN * countMs;
  });
}

function judge(seen: Seen, { concurrency, ratePerSecond, burst }: QuotaSizes): Finding[] {
  const most = mostInFlight(seen, LIMITED);
  return [
    atMost('in_flight_beyond_limit', most - concurrency, 'jobs', 0),
    atLeast('limit_used', most / concurrency, '', 1),
    atMost(
      'starts_beyond_tokens',
      Math.max(0, startsBeyondTokens(seen, METERED, ratePerSecond, burst)),
      'jobs',
      0,
    ),
    timed(atLeast('tokens_used', tokensUsed(seen, METERED, ratePerSecond, burst), '', 0.9)),
  ];
}
