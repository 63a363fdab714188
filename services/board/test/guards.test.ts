/** Who gets in and what they may change, without Redis: nothing here may reach a queue. */
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { QueueSource } from '../src/shown-queues.ts';
import { basic, type OpenBoard, type OpenBoardOptions, openBoard, PASSWORD, USER } from './open-board.ts';

/** A deployment with no workspaces. */
const empty: QueueSource = {
  ping: async () => {},
  activeWorkspaces: async () => [],
  counts: async () => [],
  queueFor: () => {
    throw new Error('no queue may be opened');
  },
};

let board: OpenBoard;
afterEach(() => board.close());

async function open(options?: OpenBoardOptions): Promise<void> {
  board = await openBoard(empty, options);
}

describe('the password', () => {
  test.each([
    '/',
    '/queues',
    '/queues/',
    '/queues/api/queues',
    '/queues/static/favicon.ico',
    '/nothing',
    '/QUEUES/api/queues',
  ])('is asked for at %s', async (path) => {
    await open();
    const answer = await fetch(board.url + path, { redirect: 'manual' });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Basic realm="Fairlead board", charset="UTF-8"');
    expect(answer.headers.get('content-type')).toMatch('application/problem+json');
    expect(await answer.json()).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  });

  test.each([
    ['a wrong password', basic(USER, 'a password for test')],
    ['a longer password', basic(USER, `${PASSWORD}x`)],
    ['a wrong user', basic('root', PASSWORD)],
    ['no user', basic('', PASSWORD)],
    ['no colon', { authorization: `Basic ${Buffer.from(USER + PASSWORD).toString('base64')}` }],
    ['what is not base64', { authorization: 'Basic ***' }],
    ['another scheme', { authorization: `Bearer ${PASSWORD}` }],
    ['an empty header', { authorization: '' }],
  ])('is refused: %s', async (_what, headers) => {
    await open();
    expect((await board.get('/queues', headers)).status).toBe(401);
  });

  test('opens the board, to which / leads', async () => {
    await open();
    const root = await board.get('/');
    expect([root.status, root.headers.get('location')]).toEqual([302, '/queues']);
    expect((await board.get('/queues')).status).toBe(200);
    expect(await (await board.get('/queues/api/queues')).json()).toEqual({ queues: [] });
  });

  test('with letters beyond ASCII works', async () => {
    const password = 'пароль и пароль';
    await open({ password: { user: USER, password } });
    expect((await board.get('/queues', basic(USER, password))).status).toBe(200);
  });

  test('cannot be guessed at speed: after ten wrong ones even the right one has to wait', async () => {
    let nowMs = 0;
    await open({ nowMs: () => nowMs });
    for (let i = 0; i < 10; i++) {
      expect((await board.get('/queues', basic(USER, `guess number ${i}`))).status).toBe(401);
    }
    const blocked = await board.get('/queues');
    expect([blocked.status, blocked.headers.get('retry-after')]).toEqual([429, '6']);
    expect(await blocked.json()).toMatchObject({
      type: 'urn:fairlead:problem:too-many-attempts',
      code: 'TOO_MANY_ATTEMPTS',
      retryAfterSeconds: 6,
    });
    nowMs = 6_000;
    expect((await board.get('/queues')).status).toBe(200);
  });

  test('that is merely absent is no failure', async () => {
    await open();
    for (let i = 0; i < 20; i++) expect((await fetch(`${board.url}/queues`)).status).toBe(401);
    expect((await board.get('/queues')).status).toBe(200);
  });
});

describe('machines', () => {
  test('of the same host ask for health and metrics without a password', async () => {
    await open();
    for (const path of ['/healthz', '/readyz', '/metrics']) {
      expect([path, (await fetch(board.url + path)).status]).toEqual([path, 200]);
    }
  });

  test('are told when Redis is away', async () => {
    board = await openBoard({ ...empty, ping: () => Promise.reject(new Error('secret host')) });
    const answer = await fetch(`${board.url}/readyz`);
    expect(answer.status).toBe(503);
    expect(await answer.text()).not.toContain('secret host');
  });
});

describe('a change', () => {
  const RETRY = '/queues/api/queues/acme/1/retry';

  test.each(['PUT', 'POST', 'PATCH', 'DELETE'])(
    'by %s is 405 while the board is read-only',
    async (method) => {
      await open();
      for (const path of [RETRY, '/queues', '/queues/api/queues/pause', '/']) {
        const answer = await fetch(board.url + path, {
          method,
          headers: { ...basic(USER, PASSWORD), origin: board.url },
        });
        expect([path, answer.status, answer.headers.get('allow')]).toEqual([path, 405, 'GET, HEAD']);
      }
    },
  );

  test('without the password is 401 before anything else', async () => {
    await open({ actions: true });
    expect((await fetch(board.url + RETRY, { method: 'PUT', headers: { origin: board.url } })).status).toBe(
      401,
    );
  });

  test.each([
    ['no Origin', {}],
    ['a foreign Origin', { origin: 'https://evil.example' }],
    ['an opaque Origin', { origin: 'null' }],
    ['the same host on another port', { origin: 'http://127.0.0.1:1' }],
    ['a name that merely begins alike', { origin: 'http://127.0.0.1.evil.example' }],
    ['a scheme that is not of a page', { origin: 'file://127.0.0.1' }],
  ])('from %s is 403', async (_what, headers) => {
    await open({ actions: true });
    const answer = await board.put(RETRY, headers as Record<string, string>);
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ code: 'FOREIGN_ORIGIN', error: expect.any(String) });
  });

  test('without Host and Origin is 403: two absences are no match', async () => {
    await open({ actions: true });
    const { authorization } = basic(USER, PASSWORD);
    const socket = connect(board.port, '127.0.0.1');
    socket.end(`PUT ${RETRY} HTTP/1.0\r\nAuthorization: ${authorization}\r\n\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 403 /);
  });

  test('from the board itself reaches Bull Board', async () => {
    await open({ actions: true });
    expect((await board.put(RETRY, { origin: board.url })).status).toBe(404);
  });

  test.each([
    '/queues/api/queues/pause',
    '/queues/api/queues/acme/pause',
    '/queues/api/queues/acme/empty',
    '/queues/api/queues/acme/obliterate',
    '/queues/api/queues/acme/clean/retry',
    '/queues/api/queues/acme/concurrency',
    '/queues/api/queues/acme/rate-limit',
    '/queues/api/queues/acme/1/clean',
  ])('that is neither retry nor promote is 405: %s', async (path) => {
    await open({ actions: true });
    const answer = await board.put(path, { origin: board.url });
    expect(answer.status).toBe(405);
    expect(await answer.json()).toMatchObject({
      message: expect.stringContaining('only retries and promotes'),
    });
  });
});

describe('pages', () => {
  test('allow no inline script, no frame and no other site', async () => {
    await open();
    const page = await board.get('/queues');
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(policy).not.toContain('http');
    expect(page.headers.get('x-frame-options')).toBe('DENY');
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('x-powered-by')).toBeNull();
  });

  test('come again with their scripts revalidated, not sent anew', async () => {
    await open();
    const script = /static\/js\/main\.[0-9a-f]+\.js/.exec(await (await board.get('/queues')).text())?.[0];
    const first = await board.get(`/queues/${script}`);
    expect([first.status, first.headers.get('cache-control')]).toEqual([200, 'private, no-cache']);
    const again = await board.get(`/queues/${script}`, {
      'if-none-match': first.headers.get('etag') ?? '',
      // Otherwise fetch says no-cache, as a forced reload does.
      'cache-control': 'max-age=0',
    });
    expect(again.status).toBe(304);
  });
});
