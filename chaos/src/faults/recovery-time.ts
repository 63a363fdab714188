import { waitFor } from '@fairlead/testkit';
import { type FaultTest, figure, some, within } from '../fault-test.ts';
import { LOCK_MS, STALL_INTERVAL_MS, withRig } from '../rig/rig.ts';
import { nowMs } from '../rig/runs.ts';

const SLACK_MS = 2_000;
const FOR_LONG_MS = 300_000;

export const recoveryTime: FaultTest = {
  name: 'recovery-time',
  about: 'the holder of a job is killed: when does the job run again?',
  run: ({ quick, say }) =>
    withRig(async (rig) => {
      const rounds = quick ? 1 : 5;
      // The long form has what the settings are by default.
      const [lockMs, intervalMs] = quick ? [LOCK_MS, STALL_INTERVAL_MS] : [10_000, 5_000];
      const env = { FAIRLEAD_LOCK_MS: String(lockMs), FAIRLEAD_STALL_INTERVAL_MS: String(intervalMs) };
      const [dispatcher, heir] = await Promise.all([rig.dispatcher(), rig.replica({ env })]);
      const client = rig.client(dispatcher);
      const took: number[] = [];
      for (let round = 0; round < rounds; round++) {
        // Only the victim can take it.
        await heir.kill('SIGSTOP');
        const victim = await rig.replica({ env });
        // However slow this machine is, it still runs when the victim is killed.
        const [id] = await client.addMany([{ payload: { ms: FOR_LONG_MS } }]);
        const runBy = async (pid: number) =>
          (await rig.runs()).find((run) => run.id === id && run.pid === pid);
        await waitFor(() => runBy(victim.pid), { what: 'the victim runs it', deadlineMs: 60_000 });
        await heir.kill('SIGCONT');
        await victim.kill('SIGKILL');
        const killedMs = nowMs();
        const again = await waitFor(() => runBy(heir.pid), { what: 'it runs again', deadlineMs: 60_000 });
        took.push(again.startMs - killedMs);
        say(`round ${round + 1} of ${rounds}: ${Math.round(took.at(-1) as number)} ms`);
      }
      return [
        figure('kills', rounds, some),
        figure('lock', lockMs, undefined, 'ms'),
        figure('stall_interval', intervalMs, undefined, 'ms'),
        figure(
          'running_again_after_at_most',
          Math.round(Math.max(...took)),
          within(lockMs + intervalMs + SLACK_MS, quick),
          'ms',
        ),
      ];
    }),
};
