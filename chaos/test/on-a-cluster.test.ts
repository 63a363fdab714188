/** All of the product on a Redis Cluster, as its services are started. */
import { startProcess, waitFor } from '@fairlead/testkit';
import { expect, test } from '@jest/globals';
import { withRig } from '../src/rig/rig.ts';
import { shareOnePostgres } from './holding.ts';

shareOnePostgres();

const BOARD = new URL('../../services/board/src/main.ts', import.meta.url);
const PASSWORD = 'a password for the board';
const WORKSPACES = ['acme', 'globex', 'initech'];

test('dispatcher, replica, controller and board serve jobs of a cluster end to end', () =>
  withRig(
    async (rig) => {
      const { REDIS_URL, FAIRLEAD_REDIS_CLUSTER } = rig.replicaEnv;
      const env = { REDIS_URL, FAIRLEAD_REDIS_CLUSTER, FAIRLEAD_BOARD_PASSWORD: PASSWORD };
      const [dispatcher, controller, board] = await Promise.all([
        rig.dispatcher(),
        rig.controller({ env: { FAIRLEAD_TICK_MS: '1000' } }),
        startProcess(BOARD, { env: env as Record<string, string> }),
        rig.replica(),
      ]);
      const client = rig.client(dispatcher);
      const ids = await client.addMany(WORKSPACES.map((workspace) => ({ workspace, payload: { ms: 0 } })));
      for (const [n, id] of ids.entries()) {
        const done = await waitFor(
          async () => {
            const reply = await client.call('GET', `/v1/workspaces/${WORKSPACES[n]}/jobs/${id}`);
            return reply.outcome === 'answered' && reply.body.state === 'succeeded' && reply.body;
          },
          { what: `the job of ${WORKSPACES[n]} is done`, deadlineMs: 60_000 },
        );
        expect(done).toMatchObject({ id, state: 'succeeded' });
      }
      const capacity = await waitFor(
        async () => {
          const reply = await rig.client(controller).call('GET', '/v1/capacity');
          return reply.outcome === 'answered' && reply.body.replicas?.running === 1 && reply.body;
        },
        { what: 'the controller has heard of the replica', deadlineMs: 60_000 },
      );
      expect(capacity.replicas.live).toHaveLength(1);

      const authorization = `Basic ${Buffer.from(`operator:${PASSWORD}`).toString('base64')}`;
      const shown = async () => {
        const answer = await fetch(`${board.url}/queues/api/queues`, { headers: { authorization } });
        const { queues } = (await answer.json()) as { queues: { name: string }[] };
        return queues.map(({ name }) => name).sort();
      };
      await waitFor(async () => (await shown()).length === WORKSPACES.length, { what: 'the board has them' });
      expect(await shown()).toEqual(WORKSPACES);
      await board.stop(500);
    },
    { cluster: true },
  ));
