import { waitFor } from '@fairlead/testkit';
import { atLeast, atMost, exactly, type FaultTest, figure, some } from '../fault-test.ts';
import { drained, verdict } from '../rig/checker.ts';
import { type Rig, withRig } from '../rig/rig.ts';

const FULL_PERCENT = 70;
const JOB = { payload: { effects: [], fill: 'x'.repeat(50_000) } };
/** Long enough for a replica to have finished all of it, had there been room. */
const CONTROL_MS = 3_000;

export const redisFull: FaultTest = {
  name: 'redis-full',
  about: 'Redis fills up to its maxmemory: new work is refused, accepted work drains',
  run: ({ quick, say }) =>
    withRig(async (rig) => {
      const megabytes = quick ? 16 : 64;
      const client = rig.client(await rig.dispatcher());
      const maxMemory = (bytes: number) => rig.redis.command('CONFIG', 'SET', 'maxmemory', String(bytes));
      await maxMemory(megabytes * 2 ** 20);
      const accepted: string[] = [];
      const refusal = await waitFor(
        async () => {
          const reply = await client.add(JOB);
          if (reply.outcome !== 'answered') throw new Error(reply.reason);
          if (reply.status === 202) accepted.push(reply.body.id);
          return reply.status === 202 ? undefined : reply;
        },
        { what: 'new work is refused', deadlineMs: 120_000, everyMs: 1 },
      );
      const { used, max } = await memory(rig);
      say(`${accepted.length} jobs, then ${refusal.status} at ${Math.round((used / max) * 100)} %`);

      // The control: were it let in up to the limit, nothing would drain any more.
      await maxMemory(used - 1);
      const unfinished = () => rig.count(`SELECT count(*) FROM "Job" WHERE state IN ('accepted', 'queued')`);
      const replica = await rig.replica();
      const controlUntilMs = performance.now() + CONTROL_MS;
      await waitFor(() => performance.now() > controlUntilMs, { what: 'the replica has tried' });
      const drainedWhileFull = accepted.length - (await unfinished());
      await maxMemory(megabytes * 2 ** 20);

      await drained(rig, 60_000);
      await waitFor(
        async () => {
          const reply = await client.add(JOB);
          return reply.outcome === 'answered' && reply.status === 202;
        },
        { what: 'new work is accepted again', deadlineMs: 20_000, everyMs: 100 },
      );
      await drained(rig, 20_000);
      await replica.stop(5_000);
      return [
        figure('maxmemory', megabytes, undefined, 'MB'),
        figure('refused_with', refusal.status, exactly(503)),
        figure('refused_for_pressure', refusal.body.code === 'REDIS_PRESSURE' ? 1 : 0, some),
        figure('memory_used_then', Math.round((used / max) * 100), atLeast(FULL_PERCENT), '%'),
        figure('memory_left_then', Math.round((1 - used / max) * 100), some, '%'),
        ...(await verdict(rig, { accepted })),
        figure('unfinished', await unfinished(), exactly(0), 'jobs'),
        figure('control_drained_at_full_memory', drainedWhileFull, atMost(0), 'jobs'),
      ];
    }),
};

async function memory(rig: Rig): Promise<{ used: number; max: number }> {
  const info = await rig.redis.command('INFO', 'memory');
  const field = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1]);
  return { used: field('used_memory'), max: field('maxmemory') };
}
