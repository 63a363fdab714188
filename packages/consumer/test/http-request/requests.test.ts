/** What `http.request` sends, and what it makes of the answer. */
import { createHmac } from 'node:crypto';
import { waitFor } from '@fairlead/testkit';
import { describe, expect, test } from '@jest/globals';
import type { Resolve } from '../../src/http-request/guard.ts';
import { isPermanent } from '../../src/permanent-error.ts';
import { retryAfterOf } from '../../src/retry-after-error.ts';
import { endpoint, failure, rawEndpoint, requester, SECRET } from './rig.ts';

const ID = '0199f3a2-7c1e-7000-8000-000000000001';

/** As the Standard Webhooks specification words it, without our code. */
function signatureBy(secret: string, headers: Readonly<Record<string, unknown>>, body: string): string {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  return `v1,${createHmac('sha256', key).update(content, 'utf8').digest('base64')}`;
}

describe('a request', () => {
  test('is a signed POST of the body as JSON, and the answer is the result', async () => {
    const worker = await endpoint((_, response) => {
      response.writeHead(201, {
        'content-type': 'application/json; charset=utf-8',
        'x-request-id': 'r1',
        server: 'x',
      });
      response.end('{"resized":true}');
    });
    const result = await requester({ nowMs: () => 1_700_000_000_999 })({
      url: `${worker.url}/resize?size=2`,
      headers: { Authorization: 'Bearer t' },
      body: { image: 'a.png', text: 'Grüße' },
    });
    expect(result).toEqual({
      status: 201,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'x-request-id': 'r1',
        date: expect.any(String),
      },
      body: { resized: true },
    });
    const [request] = worker.requests;
    expect(request).toMatchObject({
      method: 'POST',
      path: '/resize?size=2',
      body: '{"image":"a.png","text":"Grüße"}',
      headers: {
        host: `127.0.0.1:${worker.port}`,
        authorization: 'Bearer t',
        'content-type': 'application/json',
        'content-length': '34',
        'accept-encoding': 'identity',
        'idempotency-key': ID,
        'webhook-id': ID,
        'webhook-timestamp': '1700000000',
      },
    });
    const { headers, body } = request!;
    expect(headers['webhook-signature']).toBe(signatureBy(SECRET, headers, body));
  });

  test('is signed with every secret of its workspace, so that one can be exchanged', async () => {
    const worker = await endpoint();
    const other = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const asked: string[] = [];
    const send = requester({
      secretsFor: async (workspace) => {
        asked.push(workspace);
        return [other, SECRET];
      },
    });
    await send({ url: worker.url, body: [1] }, { workspace: 'globex' });
    const { headers } = worker.requests[0]!;
    expect(asked).toEqual(['globex']);
    expect(headers['webhook-signature']).toBe(
      `${signatureBy(other, headers, '[1]')} ${signatureBy(SECRET, headers, '[1]')}`,
    );
  });

  test('is not sent without a signing secret, and can be tried again when there is one', async () => {
    const worker = await endpoint();
    const error = await failure(requester({ secretsFor: () => [] })({ url: worker.url }));
    expect(error.message).toContain('set FAIRLEAD_HTTP_SIGNING_SECRET');
    expect(isPermanent(error)).toBe(false);
    expect(worker.connections()).toBe(0);
  });

  test('tells the endpoint of the attempt’s trace when there is one', async () => {
    const worker = await endpoint((_, response) => response.end());
    const span = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 1 };
    await requester()({ url: worker.url }, { span });
    await requester()({ url: worker.url });
    expect(worker.requests.map(({ headers }) => headers['traceparent'])).toEqual([
      '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      undefined,
    ]);
  });

  test('has no body when the job has none', async () => {
    const worker = await endpoint();
    await requester()({ url: worker.url, method: 'DELETE' });
    const [request] = worker.requests;
    expect(request).toMatchObject({ method: 'DELETE', body: '', headers: { 'content-length': '0' } });
    expect(request?.headers).not.toHaveProperty('content-type');
    expect(request?.headers['webhook-signature']).toBe(signatureBy(SECRET, request!.headers, ''));
  });

  test('uses a kept connection again, and no more connections than an origin may have', async () => {
    const held: (() => void)[] = [];
    const worker = await endpoint((_, response) => void held.push(() => response.end()));
    const send = requester({ maxSocketsPerOrigin: 2 });
    const sent = Array.from({ length: 6 }, () => send({ url: worker.url }));
    for (let answered = 0; answered < 6; answered += 2) {
      await waitFor(() => held.length === 2, { what: 'two requests are there' });
      expect(worker.open()).toBe(2);
      for (const answer of held.splice(0)) answer();
    }
    await Promise.all(sent);
    expect(worker.connections()).toBe(2);
  });

  test('is sent again on a new connection when the kept one was closed under it', async () => {
    let requests = 0;
    const port = await rawEndpoint((socket) => {
      let ofSocket = 0;
      socket.on('data', () => {
        requests++;
        ofSocket++;
        if (ofSocket === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
        else socket.resetAndDestroy();
      });
    });
    const send = requester();
    await send({ url: `http://127.0.0.1:${port}` });
    expect((await send({ url: `http://127.0.0.1:${port}` })).status).toBe(200);
    expect(requests).toBe(3);
  });
});

describe('an answer', () => {
  const answering = (status: number, headers: Record<string, string> = {}, body = '') =>
    endpoint((_, response) => {
      response.writeHead(status, headers);
      response.end(body);
    });

  test('that is text, empty, or not the JSON it claims to be is kept as what it is', async () => {
    const send = requester();
    const text = await answering(200, { 'content-type': 'text/plain' }, '{"a":1}');
    const empty = await answering(204);
    const broken = await answering(200, { 'content-type': 'application/problem+json' }, '{"a":');
    expect((await send({ url: text.url })).body).toBe('{"a":1}');
    expect((await send({ url: empty.url })).body).toBeNull();
    expect((await send({ url: broken.url })).body).toBe('{"a":');
  });

  test('that is encoded although it was not asked for is not kept', async () => {
    const worker = await answering(200, { 'content-encoding': 'gzip' }, 'xx');
    expect(await requester()({ url: worker.url })).toMatchObject({
      body: null,
      note: expect.stringContaining('encoded'),
    });
  });

  test('without end is cut after 64 KiB, and its connection is closed', async () => {
    let written = 0;
    const worker = await endpoint((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const pour = () => {
        while (!response.destroyed) {
          written += 30_001;
          if (!response.write('€'.repeat(10_000).concat('x'))) break;
        }
      };
      response.on('drain', pour);
      pour();
    });
    const result = await requester()({ url: worker.url });
    const body = result.body as string;
    expect(result.note).toBe('the body was cut after 65536 bytes');
    expect(Buffer.byteLength(body)).toBeGreaterThan(65_530);
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(65_536);
    expect(body).not.toContain('\ufffd');
    await waitFor(() => worker.open() === 0, { what: 'the connection is closed' });
    expect(written).toBeLessThan(20_000_000);
  });

  for (const status of [408, 425, 429, 500, 502, 503, 504]) {
    test(`with ${status} is tried again`, async () => {
      const worker = await answering(status, {}, 'SECRET-ANSWER');
      const error = await failure(
        requester()({ url: `${worker.url}/p?token=SECRET-QUERY`, body: 'SECRET-BODY' }),
      );
      expect(error.message).toBe(`http.request: ${worker.url} answered ${status}`);
      expect(isPermanent(error)).toBe(false);
      expect(retryAfterOf(error)).toBe(0);
    });
  }

  test('that names a time to come back is tried again no earlier', async () => {
    const seconds = await answering(429, { 'retry-after': '7' });
    const date = await answering(503, {
      date: 'Sat, 21 Nov 2026 12:00:00 GMT',
      'retry-after': 'Sat, 21 Nov 2026 12:00:30 GMT',
    });
    const long = await answering(503, { 'retry-after': '999999999' });
    const send = requester({ maxRetryAfterMs: 60_000 });
    expect(retryAfterOf(await failure(send({ url: seconds.url })))).toBe(7_000);
    expect(retryAfterOf(await failure(send({ url: date.url })))).toBe(30_000);
    expect(retryAfterOf(await failure(send({ url: long.url })))).toBe(60_000);
  });

  for (const status of [400, 401, 403, 404, 409, 410, 413, 422]) {
    test(`with ${status} is final`, async () => {
      const worker = await answering(status, { 'retry-after': '1' });
      const error = await failure(requester()({ url: worker.url }));
      expect(isPermanent(error)).toBe(true);
      expect(error.message).toContain(`answered ${status}`);
    });
  }

  test('is a success by what the job expects, and not otherwise', async () => {
    const accepted = await answering(202);
    const missing = await answering(404);
    const send = requester();
    expect((await send({ url: missing.url, method: 'DELETE', expect: ['200-299', 404] })).status).toBe(404);
    const error = await failure(send({ url: accepted.url, expect: [200] }));
    expect(isPermanent(error)).toBe(false);
  });

  test('that redirects is final: nobody follows it, to where ever it points', async () => {
    const inside = await endpoint(undefined, { host: '127.0.0.3' });
    const worker = await answering(307, { location: `${inside.url}/latest/meta-data` });
    // Even if the place it points to were allowed.
    const error = await failure(requester()({ url: worker.url, body: 1 }));
    expect(isPermanent(error)).toBe(true);
    expect(error.message).toBe(
      `http.request: ${worker.url} answered 307, and redirects are not followed: put the final address into the job's url`,
    );
    expect(inside.connections()).toBe(0);
  });
});

describe('an endpoint', () => {
  test('that answers nothing in time is tried again', async () => {
    const worker = await endpoint(() => {});
    const error = await failure(requester()({ url: worker.url, timeoutMs: 80 }));
    expect(error.message).toBe(`http.request to ${worker.url}: no complete answer within 80 ms`);
    expect(isPermanent(error)).toBe(false);
    await waitFor(() => worker.open() === 0, { what: 'the connection is closed' });
  });

  test('that begins an answer and does not end it in time is tried again', async () => {
    const worker = await endpoint((_, response) => void response.write('begin'));
    const error = await failure(requester({ timeoutMs: 80 })({ url: worker.url }));
    expect(error.message).toContain('no complete answer within 80 ms');
  });

  test('that breaks off in the middle of its answer is tried again', async () => {
    const worker = await endpoint((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('begin', () => response.destroy());
    });
    const error = await failure(requester()({ url: worker.url }));
    expect(error.message).toBe(`http.request to ${worker.url} failed: ECONNRESET`);
    expect(isPermanent(error)).toBe(false);
  });

  test('that is not there, or does not speak HTTP, is tried again', async () => {
    // Nobody listens on port 1; one that was free a moment ago somebody may have taken.
    const port = 1;
    const error = await failure(requester()({ url: `http://127.0.0.1:${port}/secret-path` }));
    expect(error.message).toBe(`http.request to http://127.0.0.1:${port} failed: ECONNREFUSED`);
    expect(isPermanent(error)).toBe(false);

    const smtp = await rawEndpoint((socket) => void socket.end('220 SECRET-BANNER ESMTP\r\n'));
    const noise = await failure(requester()({ url: `http://127.0.0.1:${smtp}` }));
    expect(noise.message).toMatch(/failed: HPE_[A-Z_]+$/);
  });

  test('that switches to another protocol is tried again, and holds nothing up', async () => {
    const upgrade = 'HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\n';
    const port = await rawEndpoint((socket) => void socket.on('data', () => socket.write(upgrade)));
    const error = await failure(requester()({ url: `http://127.0.0.1:${port}` }));
    expect(error.message).toBe(`http.request to http://127.0.0.1:${port} failed: ECONNRESET`);
  });

  test('of https is spoken to in TLS, by its name', async () => {
    let hello = Buffer.alloc(0);
    const port = await rawEndpoint((socket) => {
      socket.once('data', (data) => {
        hello = data;
        socket.resetAndDestroy();
      });
    });
    const resolve: Resolve = (_, answer) => answer(null, [{ address: '127.0.0.1', family: 4 }]);
    const error = await failure(requester({ resolve })({ url: `https://worker.example:${port}` }));
    expect(error.message).toBe(`http.request to https://worker.example:${port} failed: ECONNRESET`);
    expect(hello[0]).toBe(0x16);
    expect(hello.includes('worker.example')).toBe(true);
  });

  test('whose name server does not answer is given up after the connect timeout, or when the attempt is aborted', async () => {
    const silent = requester({ resolve: () => {}, connectTimeoutMs: 60 });
    const error = await failure(silent({ url: 'https://worker.example' }));
    expect(error.message).toBe('http.request to https://worker.example failed: ETIMEDOUT');
    const stop = new AbortController();
    const sent = failure(
      requester({ resolve: () => stop.abort('drain') })({ url: 'http://worker.example' }, stop),
    );
    expect(await sent).toBe('drain');
  });

  test('that takes the connection and no TLS is given up after the connect timeout', async () => {
    const port = await rawEndpoint(() => {});
    const error = await failure(requester({ connectTimeoutMs: 60 })({ url: `https://127.0.0.1:${port}` }));
    expect(error.message).toBe(`http.request to https://127.0.0.1:${port} failed: ETIMEDOUT`);
  });

  test('is let go of when the attempt is aborted', async () => {
    const worker = await endpoint(() => {});
    const stop = new AbortController();
    const sent = failure(requester()({ url: worker.url }, { signal: stop.signal }));
    await waitFor(() => worker.requests.length === 1, { what: 'the request is there' });
    const reason = new Error('the replica drains');
    stop.abort(reason);
    expect(await sent).toBe(reason);
    await waitFor(() => worker.open() === 0, { what: 'the connection is closed' });
  });

  test('gets no request whose job id cannot be a header', async () => {
    const worker = await endpoint();
    const error = await failure(requester()({ url: worker.url }, { id: 'a\r\nx: y' }));
    expect(isPermanent(error)).toBe(true);
    expect(worker.connections()).toBe(0);
  });
});
