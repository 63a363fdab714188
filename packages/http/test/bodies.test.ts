import { connect } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { methods, parseBody } from '../src/index.ts';
import { type Harness, rawExchange, startHarness } from './harness.ts';

const LIMIT = 64 * 1024;
const read = parseBody(z.strictObject({ name: z.string(), data: z.unknown().optional() }), {
  limitBytes: LIMIT,
});
const CHUNKED_HEAD =
  'POST /things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
const JSON_TYPE = { 'content-type': 'application/json' };
let harness: Harness;
let handled = 0;
let arrived: Promise<void>;

beforeAll(async () => {
  const arrival = Promise.withResolvers<void>();
  arrived = arrival.promise;
  harness = await startHarness((routes) => {
    methods(routes, '/things', {
      POST: async (req, res) => {
        if (req.headers['host'] === 'hanging-up') arrival.resolve();
        const body = await read(req);
        handled++;
        res.json({ name: body.name });
      },
    });
  });
});
afterAll(async () => {
  await harness.server.close(1_000);
});

async function post(body: RequestInit['body'], headers: Record<string, string> = JSON_TYPE) {
  const init = { method: 'POST', headers, body: body ?? null, duplex: 'half' };
  const response = await fetch(`${harness.url}/things`, init as RequestInit);
  return { status: response.status, document: (await response.json()) as { code?: string; name?: string } };
}

const streamed = (text: string, pieces: number) =>
  ReadableStream.from(
    (function* () {
      for (let i = 0; i < pieces; i++) yield Buffer.from(text);
    })(),
  );

test('a body arrives, plain, chunked, with a charset and compressed', async () => {
  const text = '{"name":"ä"}';
  const named = { status: 200, document: { name: 'ä' } };
  expect(await post(text)).toEqual(named);
  expect(await post(streamed(text, 1))).toEqual(named);
  expect(await post(text, { 'content-type': 'Application/JSON; Charset="UTF-8"' })).toEqual(named);
  for (const [encoding, compressed] of [
    ['gzip', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['br', brotliCompressSync(text)],
    ['zstd', zstdCompressSync(text)],
  ] as const) {
    expect(await post(compressed, { ...JSON_TYPE, 'content-encoding': encoding })).toEqual(named);
  }
});

test.each([
  ['no content type', '{"name":"a"}', {}, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  [
    'a form',
    'name=a',
    { 'content-type': 'application/x-www-form-urlencoded' },
    415,
    'UNSUPPORTED_MEDIA_TYPE',
  ],
  ['text', '{"name":"a"}', { 'content-type': 'text/plain' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  [
    'another charset',
    '{}',
    { 'content-type': 'application/json; charset=utf-16' },
    415,
    'UNSUPPORTED_MEDIA_TYPE',
  ],
  ['an unknown encoding', '{}', { ...JSON_TYPE, 'content-encoding': 'lzma' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  [
    'an inherited encoding',
    '{}',
    { ...JSON_TYPE, 'content-encoding': 'constructor' },
    415,
    'UNSUPPORTED_MEDIA_TYPE',
  ],
  ['two encodings', '{}', { ...JSON_TYPE, 'content-encoding': 'gzip, gzip' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['broken compression', 'not gzip', { ...JSON_TYPE, 'content-encoding': 'gzip' }, 400, 'INVALID_REQUEST'],
  [
    'cut compression',
    gzipSync('{"name":"a"}').subarray(0, 12),
    { ...JSON_TYPE, 'content-encoding': 'gzip' },
    400,
    'INVALID_REQUEST',
  ],
  ['nothing', '', JSON_TYPE, 400, 'MALFORMED_JSON'],
  ['half of it', '{"name":', JSON_TYPE, 400, 'MALFORMED_JSON'],
  ['Latin-1', Buffer.from('{"name":"\xe4"}', 'latin1'), JSON_TYPE, 400, 'MALFORMED_JSON'],
  ['an array', '[]', JSON_TYPE, 400, 'INVALID_REQUEST'],
  ['null', 'null', JSON_TYPE, 400, 'INVALID_REQUEST'],
  ['an unknown field', '{"name":"a","id":"b"}', JSON_TYPE, 400, 'INVALID_REQUEST'],
  ['a prototype', '{"name":"a","data":{"__proto__":{}}}', JSON_TYPE, 400, 'INVALID_REQUEST'],
] as const)('%s is refused', async (_what, body, headers, status, code) => {
  handled = 0;
  expect(await post(body, headers)).toMatchObject({ status, document: { code } });
  expect(handled).toBe(0);
});

const tooLarge = { status: 413, document: { code: 'BODY_TOO_LARGE' } };

test('a body of exactly the limit is read, and one byte more is not', async () => {
  const frame = '{"name":""}'.length;
  expect(await post(`{"name":"${'a'.repeat(LIMIT - frame)}"}`)).toMatchObject({ status: 200 });
  expect(await post(`{"name":"${'a'.repeat(LIMIT - frame + 1)}"}`)).toMatchObject(tooLarge);
});

test('a chunked body that is too large is refused, and its sender can read the answer', async () => {
  expect(await post(streamed('a'.repeat(10_000), 100))).toMatchObject(tooLarge);
});

test('a small compressed body that is large inside is refused', async () => {
  const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024, 'a'));
  expect(bomb.length).toBeLessThan(LIMIT);
  expect(await post(bomb, { ...JSON_TYPE, 'content-encoding': 'gzip' })).toMatchObject(tooLarge);
});

test('a sender that never ends is answered and cut off', async () => {
  const chunk = `${(70_000).toString(16)}\r\n${'a'.repeat(70_000)}\r\n`;
  const answer = await rawExchange(harness.server.port, CHUNKED_HEAD, chunk);
  expect(answer).toMatch(/^HTTP\/1\.1 413 [\s\S]*[Cc]onnection: close[\s\S]*BODY_TOO_LARGE/);
});

test('a client that hangs up in the middle is no error of ours', async () => {
  const answer = harness.nextAnswered();
  const socket = connect(harness.server.port, '127.0.0.1');
  socket.write(`${CHUNKED_HEAD.replace('Host: x', 'Host: hanging-up')}5\r\n{"nam\r\n`);
  await arrived;
  socket.destroy();
  expect(await answer).toMatchObject({ status: 499 });
  expect(harness.logs().at(-1)).toMatchObject({ level: 30, aborted: true });
});
