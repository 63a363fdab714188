import { execFile } from 'node:child_process';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, expect, test } from '@jest/globals';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A collector on a free port; gives its endpoint. */
async function startCollector(onRequest: RequestListener): Promise<string> {
  const server = createServer(onRequest).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** A process of its own, as in production: under Jest the exporter cannot load its transport. */
async function makeOneSpan(...endpoint: string[]): Promise<string> {
  const script = fileURLToPath(new URL('./fixtures/one-span.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=development', script, ...endpoint],
    { env: { ...process.env, NODE_OPTIONS: '' } },
  );
  return stdout.trim();
}

test('a span reaches the collector at the latest when telemetry shuts down', async () => {
  const requests: object[] = [];
  const endpoint = await startCollector(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('latin1');
    requests.push({ path: req.url, type: req.headers['content-type'], body });
    res.end();
  });
  expect(await makeOneSpan(endpoint)).toBe('recorded');
  expect(requests).toEqual([
    {
      path: '/v1/traces',
      type: 'application/x-protobuf',
      body: expect.stringMatching(/fairlead-traced[\s\S]*seen by the collector/),
    },
  ]);
});

test('a collector that does not answer does not hold up the end', async () => {
  const endpoint = await startCollector(() => {});
  expect(await makeOneSpan(endpoint)).toBe('recorded');
});

test('without an endpoint no span is made', async () => {
  expect(await makeOneSpan()).toBe('not recorded');
});
