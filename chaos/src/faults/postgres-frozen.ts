import { waitFor } from '@fairlead/testkit';
import { exactly, type FaultTest, figure, some, within } from '../fault-test.ts';
import { drained, verdict } from '../rig/checker.ts';
import { many, type Reply } from '../rig/client.ts';
import { withRig } from '../rig/rig.ts';

type Phase = 'before' | 'frozen' | 'after';

interface Post {
  readonly key: string;
  readonly sent: Phase;
  readonly answered: Phase;
  readonly reply: Reply;
}

const LANES = 8;

export const postgresFrozen: FaultTest = {
  name: 'postgres-frozen',
  about: 'Postgres and all its sessions are stopped for 30 s under load',
  run: ({ quick, say }) =>
    withRig(async (rig) => {
      const frozenMs = quick ? 6_000 : 30_000;
      const dispatcher = await rig.dispatcher();
      const client = rig.client(dispatcher);
      const posts: Post[] = [];
      let phase: Phase = 'before';
      let over = false;
      const lane = async (_: unknown, n: number) => {
        for (let i = 0; !over; i++) {
          const [key, sent] = [`lane-${n}-${i}`, phase];
          const reply = await client.add({ key, payload: { effects: [] } });
          posts.push({ key, sent, answered: phase, reply });
        }
      };
      const lanes = Array.from({ length: LANES }, lane);
      await waitFor(() => posts.length > 200, { what: 'jobs are accepted' });

      const thaw = await rig.postgres.freeze();
      phase = 'frozen';
      const untilMs = performance.now() + frozenMs;
      try {
        const notReady = async () => (await fetch(`${dispatcher.url}/readyz`)).status === 503;
        await waitFor(notReady, { what: 'readiness says so' });
        await waitFor(() => performance.now() > untilMs, {
          what: 'the time is over',
          deadlineMs: frozenMs + 1_000,
        });
        await waitFor(() => posts.some(isRefused), { what: 'jobs are refused' });
      } finally {
        phase = 'after';
        thaw();
      }
      const thawedMs = performance.now();
      await waitFor(() => posts.some((post) => post.sent === 'after' && isGood(post)), {
        what: 'jobs are accepted again',
        deadlineMs: 60_000,
        everyMs: 5,
      });
      const recoveredMs = performance.now() - thawedMs;
      over = true;
      await Promise.all(lanes);

      const whileFrozen = posts.filter(({ sent, answered }) => sent === 'frozen' && answered === 'frozen');
      const refused = posts.filter(isRefused);
      const other = posts.filter((post) => !isGood(post) && !refused.includes(post));
      const rows = await rig.sql<{ key: string }>('SELECT "idempotencyKey" AS key FROM "Job"');
      const durable = new Set(rows.map(({ key }) => key));
      const untrue = posts.filter((post) => isGood(post) && !durable.has(post.key));
      say(`${posts.length} posts, ${refused.length} refused with 503`);
      const accepted = await many(posts.length, 32, async (n) => {
        const post = posts[n] as Post;
        const { reply } = post;
        if (reply.outcome === 'answered' && reply.status < 300) return reply.body.id as string;
        return client.addSurely({ key: post.key, payload: { effects: [] } });
      });
      await rig.replica();
      await drained(rig, 60_000);
      return [
        figure('frozen', frozenMs, undefined, 'ms'),
        figure('posts', posts.length),
        figure('refused_with_503', refused.length, some),
        figure('other_failures', other.length, exactly(0)),
        figure('accepted_while_frozen', whileFrozen.filter(isGood).length, exactly(0)),
        figure('accepted_and_not_in_postgres', untrue.length, exactly(0)),
        figure('accepted_again_after', Math.round(recoveredMs), within(5_000, quick), 'ms'),
        figure('distinct_jobs', new Set(accepted).size, exactly(posts.length)),
        ...(await verdict(rig, { accepted })),
      ];
    }),
};

function isRefused({ reply }: Post): boolean {
  return reply.outcome === 'answered' && reply.status === 503;
}

function isGood({ reply }: Post): boolean {
  return reply.outcome === 'answered' && reply.status < 300;
}
