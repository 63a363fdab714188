import { waitFor } from '@fairlead/testkit';
import { exactly, type FaultTest, figure, some } from '../fault-test.ts';
import { drained, repeats, verdict } from '../rig/checker.ts';
import { withRig } from '../rig/rig.ts';

const JOBS = 12;
/** On a machine that stands still for a whole lock by itself, there would be more attempts than these. */
const LOCK_MS = 3_000;

export const lateAttempt: FaultTest = {
  name: 'late-attempt',
  about: 'a replica is frozen for longer than its locks, and finishes what others have finished',
  run: ({ quick, say }) =>
    withRig(async (rig) => {
      const rounds = quick ? 1 : 10;
      const replica = () => rig.replica({ env: { FAIRLEAD_LOCK_MS: String(LOCK_MS) } });
      const [dispatcher, heir] = await Promise.all([rig.dispatcher(), replica()]);
      const client = rig.client(dispatcher);
      const accepted: string[] = [];
      let late = 0;
      let completed = 0;
      for (let round = 0; round < rounds; round++) {
        await heir.kill('SIGSTOP');
        const frozen = await replica();
        // They last until they run again. Half of them come to their end then without a look at their signal; the others
        // are stopped at their effect.
        const ids = await client.addMany(
          Array.from({ length: JOBS }, (_, n) => ({
            type: 'linger',
            payload: { effects: n % 2 === 0 ? ['bare'] : ['bare', 'once'] },
          })),
        );
        accepted.push(...ids);
        const held = async () => (await rig.runs()).filter(({ pid }) => pid === frozen.pid);
        await waitFor(async () => (await held()).length === JOBS, { what: 'it holds all jobs' });
        await frozen.kill('SIGSTOP');
        await heir.kill('SIGCONT');
        await drained(rig, 60_000);
        await frozen.kill('SIGCONT');
        const ended = (label?: string) => rig.metric(frozen, 'fairlead_jobs_finished_total', label);
        await waitFor(async () => (await ended()) === JOBS, { what: 'all its attempts have ended' });
        late += await ended('outcome="late"');
        completed += await ended('outcome="completed"');
        await frozen.stop(2_000);
        say(`round ${round + 1} of ${rounds}: ${late} late finishes refused`);
      }
      const runs = await rig.runs();
      const recordedByHeir = await rig.count(`SELECT count(*) FROM "Job" WHERE (result->>'pid')::int = $1`, [
        heir.pid,
      ]);
      return [
        figure('freezes_longer_than_the_lock', rounds, some),
        figure('lock', LOCK_MS, undefined, 'ms'),
        figure('runs', runs.length, exactly(accepted.length * 2)),
        figure('late_finishes_refused', late, exactly(accepted.length / 2)),
        figure('late_finishes_recorded', completed, exactly(0)),
        figure('results_of_the_first_finisher', recordedByHeir, exactly(accepted.length)),
        ...(await verdict(rig, { accepted })),
        figure('control_duplicate_effects_without_once', await repeats(rig, 'bare'), some),
      ];
    }),
};
