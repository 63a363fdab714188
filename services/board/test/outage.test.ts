/** The board while Redis is away, and after. */
import { waitFor } from '@fairlead/testkit';
import { afterEach, expect, test } from '@jest/globals';
import type { OpenBoard } from './open-board.ts';
import { useRig } from './rig.ts';

const rig = useRig();

afterEach(async () => {
  await rig.server.kill('SIGCONT').catch(() => {});
});

const statusOf = async (board: OpenBoard) => (await board.get('/queues/api/queues')).status;

/** Node's timers are real here; the bound is generous, what is checked is that there is one. */
async function isRefused(board: OpenBoard): Promise<void> {
  const answer = await board.get('/queues/api/queues');
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({
    error: { key: 'ERRORS.REDIS_UNAVAILABLE' },
    message: expect.stringContaining('Redis'),
  });
  expect((await board.get('/queues')).status).toBe(200);
  expect((await fetch(`${board.url}/readyz`)).status).toBe(503);
  expect((await fetch(`${board.url}/healthz`)).status).toBe(200);
}

test('a frozen Redis is reported, and the board recovers by itself', async () => {
  await rig.add('acme', 1);
  const board = await rig.board();
  expect(await statusOf(board)).toBe(200);
  await rig.server.kill('SIGSTOP');
  await isRefused(board);
  await rig.server.kill('SIGCONT');
  await waitFor(async () => (await statusOf(board)) === 200, { what: 'the board shows queues again' });
});

test('a Redis that was killed and restarted is shown again, with queues seen for the first time', async () => {
  await rig.add('acme', 1);
  const board = await rig.board();
  await rig.server.kill('SIGKILL');
  await isRefused(board);
  await rig.server.restart();
  await waitFor(async () => (await statusOf(board)) === 200, { what: 'the board shows queues again' });
  await rig.add('globex', 2);
  const seen = await waitFor(
    async () => {
      const { queues } = (await (await board.get('/queues/api/queues')).json()) as {
        queues: { name: string }[];
      };
      return queues.some(({ name }) => name === 'globex') && queues;
    },
    { what: 'the new queue is shown' },
  );
  expect(seen).toHaveLength(2);
});
