import { waitFor } from '@fairlead/testkit';
import { atLeast, exactly, type FaultTest, type Figure, figure, some } from '../fault-test.ts';
import { drained, repeats, verdict } from '../rig/checker.ts';
import { type Rig, withRig } from '../rig/rig.ts';

/** They are under way when Redis is flushed, and still when their jobs are claimed again. */
const LINGERING = 16;
const WORKSPACES = 20;
const CONTROL_JOBS = 200;

export const redisFlushed: FaultTest = {
  name: 'redis-flushed',
  about: 'FLUSHALL with 20,000 queued, while replicas are at work',
  run: ({ quick, say }) =>
    withRig(async (rig) => {
      const queued = quick ? 5_000 : 20_000;
      const dispatcher = await rig.dispatcher();
      const client = rig.client(dispatcher);
      const replicas = await Promise.all([rig.replica(), rig.replica()]);
      const lingering = await client.addMany(
        Array.from({ length: LINGERING }, () => ({ workspace: 'lingering', type: 'linger', payload: {} })),
      );
      await waitFor(async () => (await rig.runs()).length === LINGERING, { what: 'the lingering ones run' });
      // Nothing drains while they come in: all are there when Redis is flushed.
      const pauses = Array.from({ length: WORKSPACES }, (_, n) => `ws-${n}`);
      const settle = (paused: boolean) =>
        Promise.all(pauses.map((name) => client.call('PATCH', `/v1/workspaces/${name}`, { paused })));
      await settle(true);
      const waiting = await client.addMany(
        Array.from({ length: queued }, (_, n) => ({
          workspace: `ws-${n % WORKSPACES}`,
          payload: quick && n % 10 > 0 ? { effects: [] } : {},
        })),
      );
      await waitFor(
        async () => (await rig.count(`SELECT count(*) FROM "Job" WHERE state = 'accepted'`)) === 0,
        {
          what: 'all are queued',
          deadlineMs: 90_000,
        },
      );
      const keysBefore = Number((await rig.redis.command('DBSIZE')).slice(1));
      await rig.redis.command('FLUSHALL');
      const flushedMs = performance.now();
      say(`flushed ${keysBefore} keys`);
      const back = async () => Number((await rig.redis.command('DBSIZE')).slice(1)) >= queued;
      await waitFor(back, { what: 'the jobs are back', deadlineMs: 120_000, everyMs: 50 });
      const restoredMs = performance.now() - flushedMs;
      await settle(false);
      await drained(rig, 180_000);
      const figures = [
        figure('queued', queued),
        figure('keys_flushed', keysBefore, atLeast(queued)),
        figure('all_back_in_redis', Math.round(restoredMs), undefined, 'ms'),
        figure('drained', Math.round(performance.now() - flushedMs), undefined, 'ms'),
        ...(await verdict(rig, { accepted: [...lingering, ...waiting] })),
        figure('control_duplicate_effects_without_once', await repeats(rig, 'bare'), some),
      ];
      await Promise.all([dispatcher, ...replicas].map((one) => one.stop(2_000)));
      return [...figures, await withoutLedger(rig)];
    }),
};

/** The control: the same loss with FAIRLEAD_LEDGER=off. */
async function withoutLedger(rig: Rig): Promise<Figure> {
  const dispatcher = await rig.dispatcher({ env: { FAIRLEAD_LEDGER: 'off' } });
  const client = rig.client(dispatcher);
  const ids = await client.addMany(Array.from({ length: CONTROL_JOBS }, () => ({ workspace: 'forgotten' })));
  await rig.redis.command('FLUSHALL');
  let gone = 0;
  for (const id of ids) {
    const reply = await client.call('GET', `/v1/workspaces/forgotten/jobs/${id}`);
    if (reply.outcome === 'answered' && reply.status === 404) gone++;
  }
  return figure('control_lost_without_ledger', gone, exactly(CONTROL_JOBS));
}
