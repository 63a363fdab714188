/**
 * Two controllers, and whichever leads is frozen for three times its lease, again and again, while an operator changes
 * the pin all the time, so that there is something to decide in every tick. The other takes over; the frozen one wakes
 * up believing that it leads, and nothing that it writes may be accepted: not in Postgres, not in Redis.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type TestProcess, waitFor } from '@fairlead/testkit';
import { exactly, type FaultTest, figure, some, within } from '../fault-test.ts';
import { type Rig, withRig } from '../rig/rig.ts';
import { nowMs } from '../rig/runs.ts';

const LEASE_MS = 1_500;
const TICK_MS = 1_000;
const PIN_EVERY_MS = 100;
const LOOK_EVERY_MS = 20;
/** What a takeover may take beyond the lease. */
const SLACK_MS = 1_000;

export const leaderFrozen: FaultTest = {
  name: 'leader-frozen',
  about: 'the controller that leads is frozen for three leases; another takes over, and it wakes up',
  run: ({ quick, say }) =>
    withRig(async (rig) => {
      const rounds = quick ? 2 : 100;
      const env = {
        FAIRLEAD_LEASE_MS: String(LEASE_MS),
        FAIRLEAD_TICK_MS: String(TICK_MS),
        LOG_LEVEL: 'info',
      };
      const controllers = await Promise.all([rig.controller({ env }), rig.controller({ env })]);
      const pins = changePins(rig, controllers);
      const published = watchPublished(rig);
      const takeovers: number[] = [];
      try {
        for (let round = 0; round < rounds; round++) {
          const { leader, other, epoch: before } = await leaderOf(rig, controllers);
          await leader.kill('SIGSTOP');
          const frozenMs = nowMs();
          await waitFor(async () => (await epoch(rig)) > before, {
            what: 'the other leads',
            deadlineMs: 60_000,
            everyMs: 20,
          });
          takeovers.push(nowMs() - frozenMs);
          await sleep(Math.max(0, 3 * LEASE_MS - (nowMs() - frozenMs)));
          await leader.kill('SIGCONT');
          // It finds out by what it tries: it must have said so before the next round.
          await waitFor(() => saysThatItsTermIsOver(leader, before), {
            what: 'the thawed one knows that its term is over',
            deadlineMs: 60_000,
            everyMs: 50,
          });
          if (other.hasExited()) throw new Error('a controller ended');
          if (round % 10 === 9 || quick) say(`round ${round + 1} of ${rounds}`);
        }
      } finally {
        await Promise.all([pins.stop(), published.stop()]);
      }
      const old = await rig.count(
        `SELECT count(*) FROM (SELECT epoch, max(epoch) OVER (ORDER BY position) AS newest FROM "Decision") d
         WHERE epoch < newest`,
      );
      const written = await rig.count(`SELECT count(*) FROM "Decision"`);
      const verified = await verify(rig, controllers[0] as TestProcess);
      return [
        figure('freezes', rounds, some),
        figure('changes_of_leader', takeovers.length, exactly(rounds)),
        figure('decisions_written', written, some),
        figure('accepted_writes_of_an_old_epoch', old, exactly(0)),
        figure('epochs_seen_in_redis', published.epochs(), some),
        figure('epoch_in_redis_went_back', published.wentBack(), exactly(0)),
        figure(
          'takeover_within_at_most',
          Math.round(Math.max(...takeovers)),
          within(LEASE_MS + SLACK_MS, quick),
          'ms',
        ),
        figure('recomputed', verified.recomputed, some, 'decisions'),
        figure('differences', verified.differences, exactly(0)),
      ];
    }),
};

/** An operator who cannot make up their mind: every pin is another decision. Through whichever controller answers. */
function changePins(rig: Rig, controllers: readonly TestProcess[]) {
  const clients = controllers.map((controller) => rig.client(controller));
  let stopped = false;
  let capacity = 2_000;
  const loops = clients.map(async (client) => {
    while (!stopped) {
      const pin = { capacity: capacity++, expiresInSeconds: 600, reason: 'a test' };
      await client.call('PUT', '/v1/capacity/pin', pin);
      await sleep(PIN_EVERY_MS);
    }
  });
  return {
    stop: async () => {
      stopped = true;
      for (const client of clients) client.close();
      await Promise.all(loops);
    },
  };
}

async function epoch(rig: Rig): Promise<number> {
  const [row] = await rig.sql<{ epoch: string }>(`SELECT epoch FROM "Lease" WHERE name = 'controller'`);
  return Number(row?.epoch ?? 0);
}

/** The one that leads and has ticked in its epoch, the other, and that epoch: by the time of the freeze it may be over. */
async function leaderOf(rig: Rig, controllers: readonly TestProcess[]) {
  return waitFor(
    async () => {
      const [row] = await rig.sql<{ holder: string; epoch: string }>(
        `SELECT l.holder, l.epoch FROM "Lease" l JOIN "ControlTick" t ON t.epoch = l.epoch
         WHERE l.name = 'controller' AND l."expiresAt" > clock_timestamp()`,
      );
      const leader = controllers.find(({ pid }) => row?.holder.includes(`-${pid}-`));
      const other = controllers.find((one) => one !== leader);
      return row && leader && other ? { leader, other, epoch: Number(row.epoch) } : undefined;
    },
    { what: 'somebody leads and has decided', deadlineMs: 60_000, everyMs: 20 },
  );
}

/** After the line with which it took office in `epoch` there is one that it leads no more, or in a later one. */
function saysThatItsTermIsOver(controller: TestProcess, epochOfIts: number): boolean {
  const logs = controller.logs();
  const began = logs.findLastIndex((line) => line['epoch'] === epochOfIts);
  return logs
    .slice(began + 1)
    .some((line) => line['msg'] === 'another controller leads' || Number(line['epoch']) > epochOfIts);
}

/** Looks all the time under which epoch capacity was published last. */
function watchPublished(rig: Rig) {
  const seen = new Set<number>();
  let last = 0;
  let back = 0;
  let stopped = false;
  const loop = (async () => {
    while (!stopped) {
      const answer = await rig.redis.command('HGET', '{fl0}:~capacity', 'epoch');
      const now = Number(answer.split('\r\n')[1] ?? 0);
      if (now > 0) seen.add(now);
      if (now < last) back++;
      last = now;
      await sleep(LOOK_EVERY_MS);
    }
  })();
  return {
    epochs: () => seen.size,
    wentBack: () => back,
    stop: async () => {
      stopped = true;
      await loop;
    },
  };
}

async function verify(rig: Rig, controller: TestProcess) {
  const client = rig.client(controller);
  const reply = await client.call('POST', '/v1/decisions:verify', {
    kind: 'autoscale',
    subject: { type: 'cluster', id: 'cluster' },
  });
  if (reply.outcome !== 'answered' || reply.status !== 200) throw new Error(JSON.stringify(reply));
  return {
    recomputed: Number(reply.body.recomputed),
    differences: reply.body.differences.length as number,
  };
}
