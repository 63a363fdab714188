import { faultProxy } from '@fairlead/testkit';
import { exactly, type FaultTest, figure, some } from '../fault-test.ts';
import { many } from '../rig/client.ts';
import { withRig } from '../rig/rig.ts';

const SHARE = 0.05;
const UNDER_WAY = 32;

/** The dispatcher has done the work and its answer is lost: a client that asks again under the same key gets the same job. */
export const answersLost: FaultTest = {
  name: 'answers-lost',
  about: 'a proxy drops 5 % of the answers; the client asks again under the same key',
  run: ({ quick, seed, say }) =>
    withRig(async (rig) => {
      const posts = quick ? 1_000 : 10_000;
      const withoutKey = posts / 5;
      const dispatcher = await rig.dispatcher();
      const proxy = await faultProxy({ port: Number(new URL(dispatcher.url).port), seed });
      const client = rig.client({ url: proxy.through(dispatcher.url).replace(/\/$/, '') }, UNDER_WAY);
      proxy.dropAnswers(SHARE);

      const ids = await many(posts, UNDER_WAY, (n) =>
        client.addSurely({ workspace: 'keyed', key: `order-${n}` }),
      );
      const dropped = proxy.counts().droppedAnswers;
      say(`${dropped} answers of ${posts} posts are lost`);

      // The control: the same client without the key.
      await many(withoutKey, UNDER_WAY, async () => {
        let reply = await client.add({ workspace: 'keyless' });
        while (reply.outcome === 'no_answer') reply = await client.add({ workspace: 'keyless' });
      });
      proxy.pass();
      const jobs = (workspace: string) =>
        rig.count('SELECT count(*) FROM "Job" WHERE workspace = $1', [workspace]);
      const [keyed, keyless] = [await jobs('keyed'), await jobs('keyless')];
      await proxy.close();
      return [
        figure('posts', posts),
        figure('answers_dropped', dropped, some),
        figure('jobs', keyed, exactly(posts)),
        figure('distinct_ids_answered', new Set(ids).size, exactly(posts)),
        figure('control_posts_without_key', withoutKey),
        figure('control_duplicate_jobs', keyless - withoutKey, some),
      ];
    }),
};
