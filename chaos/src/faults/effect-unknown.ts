import { waitFor } from '@fairlead/testkit';
import { exactly, type FaultTest, figure } from '../fault-test.ts';
import { drained } from '../rig/checker.ts';
import { withRig } from '../rig/rig.ts';

interface EffectRow {
  outcome: string;
  executions: number;
}

/**
 * An attempt's claim of an effect lasts ten seconds longer than the attempt may: nobody knows before. All attempts must be at
 * their effect at the same moment, however slow the machine is.
 */
const TIMEOUT_MS = 6_000;

export const effectUnknown: FaultTest = {
  name: 'effect-unknown',
  about: 'a replica is killed between the claim of an effect and its outcome: held, or run again',
  run: ({ quick }) =>
    withRig(async (rig) => {
      const pairs = quick ? 1 : 20;
      const [dispatcher, victim] = await Promise.all([rig.dispatcher(), rig.replica()]);
      const client = rig.client(dispatcher);
      const send = (whenUnknown: 'hold' | 'retry') =>
        client.addMany(
          Array.from({ length: pairs }, () => ({
            type: 'send',
            timeoutMs: TIMEOUT_MS,
            payload: { whenUnknown },
          })),
        );
      const sent = () => rig.count(`SELECT count(*) FROM chaos_effect WHERE kind = 'sent'`);
      const [held, retried] = await Promise.all([send('hold'), send('retry')]);
      await waitFor(async () => (await sent()) === 2 * pairs, { what: 'all are sent', everyMs: 5 });
      await victim.kill('SIGKILL');
      const pending = await rig.count(`SELECT count(*) FROM "Effect" WHERE outcome = 'pending'`);
      const heir = await rig.replica();
      await drained(rig, 90_000);

      const effects = async (ids: readonly string[]) =>
        rig.sql<EffectRow>('SELECT outcome, executions FROM "Effect" WHERE "jobId" = ANY($1)', [ids]);
      const inState = (ids: readonly string[], state: string, error = '%') =>
        rig.count(
          `SELECT count(*) FROM "Job" WHERE id = ANY($1::uuid[]) AND state = $2::"JobState" AND coalesce("lastError", '') LIKE $3`,
          [ids, state, error],
        );
      const sends = (ids: readonly string[]) =>
        rig.count(`SELECT count(*) FROM chaos_effect WHERE kind = 'sent' AND job = ANY($1)`, [ids]);
      const keys = () => rig.count(`SELECT count(DISTINCT job) FROM chaos_effect WHERE kind = 'sent'`);
      const [heldEffects, retriedEffects] = [await effects(held), await effects(retried)];
      return [
        figure('effects_cut_off', pending, exactly(2 * pairs)),
        figure('held_sent_again', (await sends(held)) - pairs, exactly(0)),
        figure(
          'held_unknown',
          heldEffects.filter(({ outcome }) => outcome === 'unknown').length,
          exactly(pairs),
        ),
        figure('held_dead_letters_that_say_so', await inState(held, 'dead', 'Nobody knows%'), exactly(pairs)),
        figure('control_sent_again_by_retry', (await sends(retried)) - pairs, exactly(pairs)),
        figure('idempotency_keys_sent', await keys(), exactly(2 * pairs)),
        figure('retried_succeeded', await inState(retried, 'succeeded'), exactly(pairs)),
        figure(
          'retried_executions',
          retriedEffects.reduce((sum, { executions }) => sum + executions, 0),
          exactly(2 * pairs),
        ),
        figure(
          'duplicates_counted',
          await rig.metric(heir, 'fairlead_effects_duplicate_total'),
          exactly(pairs),
        ),
      ];
    }),
};
