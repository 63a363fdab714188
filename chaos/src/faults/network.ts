import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultProxy, faultProxy, type TestProcess, waitFor } from '@fairlead/testkit';
import { exactly, type FaultTest, type Figure, figure, some, within } from '../fault-test.ts';
import { drained, verdict } from '../rig/checker.ts';
import { withRig } from '../rig/rig.ts';

const DELAY_MS = 200;
/** Of readiness, from a fault or its end. */
const FLIP_MS = 5_000;
/** Readiness is judged by its figure; this is when it is given up. */
const GIVE_UP_MS = 60_000;
/** More than any deadline of ours: a request without an answer by then hangs. */
const HANGS_MS = 10_000;
const LANES = 4;

export const network: FaultTest = {
  name: 'network',
  about: 'between the services and Redis, and Postgres: delay, reset, half-close, silence',
  run: ({ quick, seed, say }) =>
    withRig(async (rig) => {
      const rounds = quick ? 1 : 5;
      // Past every deadline of ours, so that what hangs is seen.
      const silenceMs = quick ? 0 : HANGS_MS;
      const toRedis = await faultProxy({ port: rig.redis.port, seed });
      const toPostgres = await faultProxy({ port: rig.postgres.port, seed });
      const through = { redisThrough: toRedis, postgresThrough: toPostgres };
      const [dispatcher, replica] = await Promise.all([rig.dispatcher(through), rig.replica(through)]);
      const client = rig.client(dispatcher);
      const accepted = new Set<string>();
      let [posts, unanswered, longestMs, over] = [0, 0, 0, false];
      const lane = async (_: unknown, n: number) => {
        for (let i = 0; !over; i++) {
          const sentMs = performance.now();
          const reply = await client.add({ key: `lane-${n}-${i}`, payload: { effects: ['once'] } });
          longestMs = Math.max(longestMs, performance.now() - sentMs);
          posts++;
          if (reply.outcome === 'no_answer') unanswered++;
          else if (reply.status < 300) accepted.add(reply.body.id);
          await sleep(20);
        }
      };
      const lanes = Array.from({ length: LANES }, lane);
      const flips: number[] = [];
      const services = [dispatcher, replica];

      async function fault(to: FaultProxy, name: string): Promise<void> {
        to.delay(DELAY_MS);
        await accepting();
        to.pass();
        to.reset();
        await ready(services);
        await accepting();
        to.halfClose();
        await ready(services);
        await accepting();
        to.silence();
        const silentMs = performance.now();
        await waitFor(async () => (await statuses(services)).every((status) => status === 503), {
          what: `readiness says that ${name} is away`,
          deadlineMs: GIVE_UP_MS,
        });
        flips.push(performance.now() - silentMs);
        await sleep(silenceMs);
        to.pass();
        await ready(services);
        await accepting();
        say(`${name}: not ready ${Math.round(flips.at(-1) as number)} ms into the silence, and back`);
      }

      /** A job is accepted from now on. */
      async function accepting(): Promise<void> {
        accepted.add(
          await client.addSurely({ key: `after-${accepted.size}-${posts}`, payload: {} }, GIVE_UP_MS),
        );
      }

      for (let round = 0; round < rounds; round++) {
        await fault(toRedis, 'Redis');
        await fault(toPostgres, 'Postgres');
      }
      over = true;
      await Promise.all(lanes);
      await drained(rig, 60_000);
      const figures = [
        ...countsOf('redis', toRedis),
        ...countsOf('postgres', toPostgres),
        figure('posts', posts),
        figure('unanswered', unanswered, exactly(0)),
        figure('longest_answer', Math.round(longestMs), within(HANGS_MS, quick), 'ms'),
        figure(
          'readiness_flipped_after_at_most',
          Math.round(Math.max(...flips)),
          within(FLIP_MS, quick),
          'ms',
        ),
        ...(await verdict(rig, { accepted: [...accepted] })),
      ];
      await Promise.all([toRedis.close(), toPostgres.close()]);
      return figures;
    }),
};

function countsOf(name: string, proxy: FaultProxy): Figure[] {
  const { delayedChunks, resets, halfCloses, heldChunks } = proxy.counts();
  return [
    figure(`${name}_delayed_chunks`, delayedChunks, some),
    figure(`${name}_resets`, resets, some),
    figure(`${name}_half_closes`, halfCloses, some),
    figure(`${name}_silenced_chunks`, heldChunks, some),
  ];
}

function statuses(services: readonly TestProcess[]): Promise<number[]> {
  return Promise.all(services.map(async ({ url }) => (await fetch(`${url}/readyz`)).status));
}

async function ready(services: readonly TestProcess[]): Promise<void> {
  await waitFor(async () => (await statuses(services)).every((status) => status === 200), {
    what: 'the services are ready again',
    deadlineMs: GIVE_UP_MS,
  });
}
