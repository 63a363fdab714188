import { FairleadError } from '@fairlead/core';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { methods, parseBody } from '../src/index.ts';
import { type Harness, rawExchange, startHarness } from './harness.ts';

const read = parseBody(z.strictObject({ name: z.string() }));
let harness: Harness;

beforeAll(async () => {
  harness = await startHarness((routes) => {
    methods(routes, '/things/:thing', {
      GET: (req, res) => void res.json({ thing: req.params['thing'] }),
      POST: async (req, res) => void res.json(await read(req)),
    });
    methods(routes, '/batch\\:do', { POST: (_req, res) => void res.json({}) });
    methods(routes, '/crash', {
      GET: () => {
        throw new Error('internal-canary');
      },
    });
    methods(routes, '/outage', {
      GET: () => {
        throw new FairleadError('REDIS_UNAVAILABLE', 'connect ECONNREFUSED 10.1.2.3:6379');
      },
    });
  });
});
afterAll(async () => {
  await harness.server.close(1_000);
});

async function problemFrom(path: string, init?: RequestInit) {
  const response = await fetch(harness.url + path, init);
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  return { response, document: (await response.json()) as Record<string, unknown> };
}

test('a route answers, with an id and without a cache', async () => {
  const response = await fetch(`${harness.url}/things/a%20b`);
  expect(await response.json()).toEqual({ thing: 'a b' });
  expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  expect(response.headers.get('x-powered-by')).toBeNull();
  expect(response.headers.get('etag')).toBeNull();
});

test('health, readiness and metrics are there', async () => {
  expect(await (await fetch(`${harness.url}/healthz`)).json()).toEqual({ status: 'alive' });
  expect(await (await fetch(`${harness.url}/readyz`)).json()).toEqual({ status: 'ready' });
  expect(await (await fetch(`${harness.url}/metrics`)).text()).toBe('up 1\n');
});

test('an unknown path is a 404 problem whose instance is the id of the request', async () => {
  const { response, document } = await problemFrom('/nothing');
  expect(response.status).toBe(404);
  expect(document).toMatchObject({
    code: 'NOT_FOUND',
    instance: `urn:uuid:${response.headers.get('x-request-id')}`,
  });
});

test.each(['/things/x', '/batch:do', '/healthz'])('a wrong method on %s is 405 with Allow', async (path) => {
  const { response, document } = await problemFrom(path, { method: 'DELETE' });
  expect(response.status).toBe(405);
  expect(document).toMatchObject({ code: 'METHOD_NOT_ALLOWED', fix: expect.stringContaining('Use one of') });
  expect(response.headers.get('allow')).toMatch(/OPTIONS/);
});

test('OPTIONS and HEAD answer as HTTP has it', async () => {
  const options = await fetch(`${harness.url}/things/x`, { method: 'OPTIONS' });
  expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS, POST']);
  expect((await fetch(`${harness.url}/things/x`, { method: 'HEAD' })).status).toBe(200);
});

test('a path that cannot be decoded is 400', async () => {
  const { response } = await problemFrom('/things/%E0%A4%A');
  expect(response.status).toBe(400);
});

test('a handler that throws is 500 without internals, and the log has them', async () => {
  const { response, document } = await problemFrom('/crash');
  expect(response.status).toBe(500);
  expect(JSON.stringify(document)).not.toMatch(/canary|\.ts|at Object/);
  const requestId = response.headers.get('x-request-id');
  expect(harness.logs().find((line) => line['requestId'] === requestId)).toMatchObject({
    level: 50,
    status: 500,
    code: 'INTERNAL',
    err: { type: 'Error', message: 'internal-canary', stack: expect.stringContaining('service-app.test.ts') },
  });
});

test('an outage is 503 with Retry-After, and only the log names the host', async () => {
  const { response, document } = await problemFrom('/outage');
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2']);
  expect(JSON.stringify(document)).not.toContain('10.1.2.3');
  expect(harness.logText()).toContain('10.1.2.3');
});

test('what is not HTTP, or has huge headers, gets a problem document', async () => {
  const nonsense = await rawExchange(harness.server.port, 'NONSENSE\r\n\r\n');
  expect(nonsense).toMatch(/^HTTP\/1\.1 400 [\s\S]*application\/problem\+json[\s\S]*INVALID_REQUEST/);
  const huge = await rawExchange(
    harness.server.port,
    `GET / HTTP/1.1\r\nHost: x\r\nX-Big: ${'a'.repeat(20_000)}\r\n\r\n`,
  );
  expect(huge).toMatch(/^HTTP\/1\.1 431 [\s\S]*HEADERS_TOO_LARGE/);
});

test('what Node would refuse without a word gets a problem document, or its answer', async () => {
  const { port } = harness.server;
  const nameless = await rawExchange(port, 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n');
  expect(nameless).toMatch(/^HTTP\/1\.1 400 [\s\S]*application\/problem\+json[\s\S]*INVALID_REQUEST/);
  const tunnel = await rawExchange(port, 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(tunnel).toMatch(/^HTTP\/1\.1 400 [\s\S]*application\/problem\+json[\s\S]*INVALID_REQUEST/);
  const hopeful = 'GET /healthz HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\nConnection: close\r\n\r\n';
  expect(await rawExchange(port, hopeful)).toMatch(/^HTTP\/1\.1 200 /);
});

test('each answer is told of with few values: the pattern of the route, not its path', async () => {
  await fetch(`${harness.url}/things/told-of`);
  await fetch(`${harness.url}/nothing-told-of`);
  await fetch(`${harness.url}/batch:do`, { method: 'POST' });
  const shapes = harness.answered.map(({ method, route, status }) => `${method} ${route} ${status}`);
  expect(shapes).toEqual(
    expect.arrayContaining(['GET /things/:thing 200', 'GET unmatched 404', 'POST /batch:do 200']),
  );
  expect(JSON.stringify(harness.answered)).not.toContain('told-of');
});

test('queries, headers and bodies are in no log line', async () => {
  await fetch(`${harness.url}/things/x?token=canary-query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'canary-header' },
    body: JSON.stringify({ name: 'canary-body', wrong: 'canary-body' }),
  });
  const line = harness.logs().at(-1);
  expect(line).toMatchObject({ method: 'POST', path: '/things/x', status: 400, code: 'INVALID_REQUEST' });
  expect(harness.logText()).not.toMatch(/canary-(query|header|body)/);
});
