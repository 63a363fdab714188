import { exactly, type FaultTest, figure, some } from '../fault-test.ts';
import { many } from '../rig/client.ts';
import { withRig } from '../rig/rig.ts';

const AT_ONCE = 50;
const KEYS_UNDER_WAY = 4;
const CONTROL_KEYS = 5;

/** Half of the requests of a key go to each of two dispatchers: one process cannot settle it among its own. */
export const sameKey: FaultTest = {
  name: 'same-key',
  about: 'every key 50 times at once, over two dispatchers',
  run: ({ quick }) =>
    withRig(async (rig) => {
      const keys = quick ? 100 : 1_000;
      const dispatchers = await Promise.all([rig.dispatcher(), rig.dispatcher()]);
      const clients = dispatchers.map((one) => rig.client(one, (AT_ONCE * KEYS_UNDER_WAY) / 2));
      const statuses = new Map<number, number>();
      let unanswered = 0;
      let answersThatDiffer = 0;

      async function post(workspace: string, n: number, key: { key?: string }) {
        const replies = await Promise.all(
          Array.from({ length: AT_ONCE }, (_, i) =>
            clients[i % clients.length]!.add({ workspace, payload: { n }, ...key }),
          ),
        );
        const ids = new Set<string>();
        for (const reply of replies) {
          if (reply.outcome === 'no_answer') unanswered++;
          else {
            statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1);
            ids.add(reply.body.id);
          }
        }
        return ids.size;
      }

      const startedMs = performance.now();
      await many(keys, KEYS_UNDER_WAY, async (n) => {
        answersThatDiffer += (await post('keyed', n, { key: `order-${n}` })) - 1;
      });
      const seconds = (performance.now() - startedMs) / 1_000;
      await many(CONTROL_KEYS, 1, (n) => post('keyless', n, {}));
      const jobs = (workspace: string) =>
        rig.count('SELECT count(*) FROM "Job" WHERE workspace = $1', [workspace]);
      const refused = [...statuses].filter(([status]) => status >= 400).reduce((sum, [, n]) => sum + n, 0);
      return [
        figure('keys', keys),
        figure('requests', keys * AT_ONCE),
        figure('requests_per_second', Math.round((keys * AT_ONCE) / seconds)),
        figure('jobs', await jobs('keyed'), exactly(keys)),
        figure('answered_duplicate', statuses.get(200) ?? 0, exactly(keys * (AT_ONCE - 1))),
        figure('answers_that_differ', answersThatDiffer, exactly(0)),
        figure('refused_or_failed', refused, exactly(0)),
        figure('unanswered', unanswered, exactly(0)),
        figure('control_duplicate_jobs', (await jobs('keyless')) - CONTROL_KEYS, some),
      ];
    }),
};
