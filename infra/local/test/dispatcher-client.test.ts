import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import { createDispatcherClient } from '../src/demo/client.ts';

let server: Server | undefined;

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
});

async function clientOf(listener: RequestListener) {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return createDispatcherClient(
    { url: `http://127.0.0.1:${port}`, apiKey: 'flk_test' },
    new AbortController().signal,
  );
}

const unavailable = JSON.stringify({ code: 'REDIS_UNAVAILABLE', detail: 'Redis does not answer' });

test('a dispatcher that turns a request away for now is asked again', async () => {
  let asked = 0;
  const client = await clientOf((_, response) => {
    const ready = ++asked > 1;
    response.writeHead(ready ? 202 : 503).end(ready ? '{"id":"7"}' : unavailable);
  });
  expect(await client.addJob({ workspace: 'a', workMs: 1 })).toEqual({
    outcome: 'accepted',
    workspace: 'a',
    id: '7',
  });
  expect(asked).toBe(2);
});

test('a lost answer to a read is asked for again, a lost answer to a submission is not', async () => {
  let asked = 0;
  const client = await clientOf((request, response) => {
    if (++asked === 1 || request.method === 'POST') request.socket.destroy();
    else response.writeHead(404).end('{}');
  });
  expect(await client.job('a', '7')).toBeUndefined();
  expect(asked).toBe(2);
  await expect(client.addJob({ workspace: 'a', workMs: 1 })).rejects.toThrow(
    /POST .*\/v1\/workspaces\/a\/jobs: /,
  );
  expect(asked).toBe(3);
});

test('a refusal says why', async () => {
  const client = await clientOf((_, response) => {
    response
      .writeHead(400)
      .end(JSON.stringify({ code: 'INVALID_REQUEST', detail: 'weight must be positive' }));
  });
  await expect(client.configure('a', { weight: -1 })).rejects.toThrow(
    'The settings of a were refused: 400 INVALID_REQUEST weight must be positive',
  );
  expect(await client.addBatch([{ workspace: 'a', workMs: 1 }])).toEqual([
    { outcome: 'refused', workspace: 'a', why: '400 INVALID_REQUEST weight must be positive' },
  ]);
});
