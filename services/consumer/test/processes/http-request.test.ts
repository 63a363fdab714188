/** `http.request` as every replica has it: beside the handlers of a file, set up by the environment. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startProcess, waitFor } from '@fairlead/testkit';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Cluster, MAIN, startCluster } from './cluster.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const received: IncomingHttpHeaders[] = [];
const endpoint = createServer((request, response) => {
  received.push(request.headers);
  response.end('CANARY-ANSWER');
});
let cluster: Cluster;
let port = 0;

beforeAll(async () => {
  await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
  port = (endpoint.address() as AddressInfo).port;
  cluster = await startCluster();
});

afterAll(async () => {
  await cluster.stop();
  endpoint.closeAllConnections();
  await new Promise((resolve) => endpoint.close(resolve));
});

describe('http.request of a replica', () => {
  test('signs with the configured secret, goes where it is allowed to, and logs no secret', async () => {
    const replica = await cluster.replica({
      FAIRLEAD_HTTP_SIGNING_SECRET: SECRET,
      FAIRLEAD_HTTP_ALLOW: `127.0.0.1:${port}`,
      LOG_LEVEL: 'trace',
    });
    const payload = { url: `http://127.0.0.1:${port}/CANARY-PATH`, body: 'CANARY-BODY' };
    await cluster.add([
      { workspace: 'acme', id: 'allowed', type: 'http.request', payload },
      {
        workspace: 'acme',
        id: 'refused',
        type: 'http.request',
        payload: { url: 'http://[::ffff:127.0.0.1]:6379/' },
      },
    ]);
    const outcome = (id: string) =>
      waitFor(
        async () => {
          const job = await cluster.scheduler.job('acme', id);
          return job?.finishedAtMs === undefined ? undefined : job;
        },
        { what: `${id} is finished` },
      );
    expect(await outcome('allowed')).toMatchObject({
      state: 'succeeded',
      result: { status: 200, body: 'CANARY-ANSWER' },
    });
    expect(await outcome('refused')).toMatchObject({
      state: 'dead',
      lastError: expect.stringContaining('IPv4-mapped'),
    });
    expect(received[0]).toMatchObject({
      'webhook-id': 'allowed',
      'webhook-signature': expect.stringMatching(/^v1,/),
    });
    expect(replica.logs().find((line) => line.msg === 'listening')?.handlers).toContain('http.request');
    // All that it ever writes: its log comes by a pipe.
    await replica.stop();
    expect(replica.output()).not.toMatch(/CANARY|whsec_/);
  });

  test('is not set up with a secret that is none: exit code 2, and the secret is not shown', async () => {
    const env = {
      REDIS_URL: 'redis://127.0.0.1:1',
      FAIRLEAD_LEDGER: 'off',
      FAIRLEAD_HTTP_SIGNING_SECRET: 'hunter2',
    };
    const child = await startProcess(MAIN, { env, waitFor: 'spawn' });
    expect((await child.exited).code).toBe(2);
    expect(child.output()).toContain('FAIRLEAD_HTTP_SIGNING_SECRET: a signing secret must be whsec_');
    expect(child.output()).not.toContain('hunter2');
  });
});
