import { waitFor } from '@fairlead/testkit';
import { atLeast, exactly, type FaultTest, figure, some } from '../fault-test.ts';
import { drained, verdict } from '../rig/checker.ts';
import { type Rig, withRig } from '../rig/rig.ts';

const FULL_PERCENT = 70;
const JOB = { payload: { effects: [], fill: 'x'.repeat(25_000) } };

export const redisFull: FaultTest = {
  name: 'redis-full',
  about: 'Redis fills up to its maxmemory: new work is refused, accepted work drains',
  run: ({ quick, say }) =>
    withRig(async (rig) => {
      const megabytes = quick ? 32 : 64;
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
        // Not faster than a look at the memory a second can tell in time, a late one too: a tenth of it in a second.
        { what: 'new work is refused', deadlineMs: 120_000, everyMs: 8 },
      );
      const { used, max } = await memory(rig);
      say(`${accepted.length} jobs, then ${refusal.status} at ${Math.round((used / max) * 100)} %`);

      // Full for all that: what others write is refused, and accepted work must drain.
      await maxMemory(Math.floor(used * 0.9));
      const write = await rig.redis.command('SET', 'another', 'program');
      const replica = await rig.replica();
      await drained(rig, 60_000);
      await maxMemory(megabytes * 2 ** 20);
      await waitFor(
        async () => {
          const reply = await client.add(JOB);
          return reply.outcome === 'answered' && reply.status === 202;
        },
        { what: 'new work is accepted again', deadlineMs: 60_000, everyMs: 100 },
      );
      await drained(rig, 60_000);
      await replica.stop(5_000);
      return [
        figure('maxmemory', megabytes, undefined, 'MB'),
        figure('refused_with', refusal.status, exactly(503)),
        figure('refused_for_pressure', refusal.body.code === 'REDIS_PRESSURE' ? 1 : 0, some),
        figure('memory_used_then', Math.round((used / max) * 100), atLeast(FULL_PERCENT), '%'),
        figure('memory_left_then', Math.round((1 - used / max) * 100), some, '%'),
        ...(await verdict(rig, { accepted })),
        figure('control_write_refused_at_full_memory', write.startsWith('-OOM') ? 1 : 0, some),
      ];
    }),
};

async function memory(rig: Rig): Promise<{ used: number; max: number }> {
  const info = await rig.redis.command('INFO', 'memory');
  const field = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1]);
  return { used: field('used_memory'), max: field('maxmemory') };
}
