import { waitFor } from '@fairlead/testkit';
import { atLeast, exactly, type FaultTest, figure, some } from '../fault-test.ts';
import { drained, repeats, verdict } from '../rig/checker.ts';
import { withRig } from '../rig/rig.ts';

/** On a machine that stands still for a whole lock by itself, no attempt would come to its end. */
const LOCK_MS = 2_000;

export const loopBlocked: FaultTest = {
  name: 'loop-blocked',
  about: 'a handler computes for three times the lock: others take its job over meanwhile',
  run: ({ quick }) =>
    withRig(async (rig) => {
      const jobs = quick ? 1 : 10;
      const replica = () => rig.replica({ env: { FAIRLEAD_LOCK_MS: String(LOCK_MS) } });
      const [dispatcher, ...replicas] = await Promise.all([rig.dispatcher(), replica(), replica()]);
      const client = rig.client(dispatcher);
      const accepted: string[] = [];
      for (let n = 0; n < jobs; n++) {
        accepted.push(...(await client.addMany([{ type: 'spin', payload: { ms: 3 * LOCK_MS } }])));
        await drained(rig, 120_000);
      }
      for (const replica of replicas) {
        const running = () => rig.metric(replica, 'fairlead_consumer_running');
        await waitFor(async () => (await running()) === 0, { what: 'its attempts end', deadlineMs: 60_000 });
      }
      const thatWarned = () =>
        replicas.filter((replica) =>
          replica.logs().some(({ msg }) => String(msg).includes('event loop was blocked')),
        );
      // What a process logs comes later than what it answers.
      await waitFor(() => thatWarned().length > 0, { what: 'one has warned' });
      const warned = thatWarned();
      const blocked = await Promise.all(
        replicas.map((replica) => rig.metric(replica, 'fairlead_event_loop_blocked_seconds_count')),
      );
      return [
        figure('spun', 3 * LOCK_MS, undefined, 'ms'),
        figure('runs', (await rig.runs()).length, atLeast(2 * jobs)),
        figure(
          'recorded_effects',
          await rig.count(`SELECT count(*) FROM chaos_effect WHERE kind = 'once'`),
          exactly(jobs),
        ),
        ...(await verdict(rig, { accepted })),
        figure('replicas_that_warned', warned.length, some),
        figure(
          'blocks_counted',
          blocked.reduce((sum, count) => sum + count, 0),
          some,
        ),
        figure('control_duplicate_effects_without_once', await repeats(rig, 'bare'), some),
      ];
    }),
};
