import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { useDispatcher } from './use-dispatcher.ts';

const NDJSON = { 'content-type': 'application/x-ndjson' };
const JSON_TYPE = { 'content-type': 'application/json' };
const rig = useDispatcher({
  shards: 4,
});

const batch = (body: unknown, headers?: Record<string, string>) =>
  rig.dispatcher.call('POST', '/v1/jobs:batch', body, headers);
async function waiting(): Promise<number> {
  const names: string[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await rig.dispatcher.ledger.workspaces.list({ limit: 500, after });
    names.push(...page.map(({ slug }) => slug));
    after = page.at(-1)?.slug;
    if (page.length < 500) break;
  }
  const counts = await rig.dispatcher.scheduler.counts(names);
  return counts.reduce((sum, row) => sum + row.waiting, 0);
}

test('10,000 jobs of 2,000 new workspaces are accepted in one request, each in its place', async () => {
  const before = await waiting();
  const items = Array.from({ length: 10_000 }, (_, i) => ({
    workspace: `bulk-${i % 2_000}`,
    type: 'bulk.item',
    payload: { number: i, text: 'x'.repeat(50) },
  }));
  const { status, body } = await batch(items);
  expect([status, body.accepted, body.refused, body.results.length, body.incomplete]).toEqual([
    207,
    10_000,
    0,
    10_000,
    undefined,
  ]);
  expect(body.results.map(({ index }: { index: number }) => index)).toEqual(items.map((_, i) => i));
  expect(new Set(body.results.map(({ id }: { id: string }) => id)).size).toBe(10_000);
  expect(await waiting()).toBe(before + 10_000);
  const { workspace } = items[4_321] as (typeof items)[number];
  const job = await rig.dispatcher.call('GET', `/v1/workspaces/${workspace}/jobs/${body.results[4_321].id}`);
  expect(job.body).toMatchObject({ workspace, type: 'bulk.item', payload: { number: 4_321 } });
});

test('one more than 10,000 is refused as a whole', async () => {
  const before = await waiting();
  const items = Array.from({ length: 10_001 }, () => ({ workspace: 'too-long', type: 't' }));
  const { status, body } = await batch(items);
  expect([status, body.code]).toEqual([413, 'BATCH_TOO_LONG']);
  expect(await waiting()).toBe(before);
});

test('bad items are refused one by one, and the good ones are accepted', async () => {
  const before = await waiting();
  const good = { workspace: 'mixed', type: 't' };
  const { status, body } = await batch([
    good,
    { workspace: 'No Name', type: 't' },
    { type: 't' },
    { ...good, priority: -1 },
    { ...good, payload: 'x'.repeat(257 * 1024) },
    { ...good, id: 'meta' },
    'text',
    good,
  ]);
  expect([status, body.accepted, body.refused]).toEqual([207, 2, 6]);
  expect(body.results.map(({ status }: { status: number }) => status)).toEqual([
    202, 400, 400, 400, 413, 400, 400, 202,
  ]);
  for (const { index, problem } of body.results.slice(1, 7)) {
    expect([index, problem]).toEqual([
      index,
      expect.objectContaining({ detail: expect.any(String), code: expect.any(String) }),
    ]);
  }
  expect(await waiting()).toBe(before + 2);
});

test('NDJSON is taken line by line', async () => {
  const line = (type: string) => JSON.stringify({ workspace: 'lines', type });
  const { status, body } = await batch(`${line('a')}\n\n{nope\r\n${line('b')}\r\n`, NDJSON);
  expect([status, body.results.map(({ status }: { status: number }) => status)]).toEqual([
    207,
    [202, 400, 202],
  ]);
});

test.each([
  ['', 400, 'MALFORMED_JSON'],
  ['{"workspace":"a","type":"t"}', 400, 'MALFORMED_JSON'],
  ['[{"workspace":"a","type":"t"}', 400, 'MALFORMED_JSON'],
  ['[{"workspace":"a","type":"t"},]', 400, 'MALFORMED_JSON'],
  ['[{"workspace":"a","type":"t"}] x', 400, 'MALFORMED_JSON'],
  ['[{"workspace":"a","type":"t"},{oops}]', 400, 'MALFORMED_JSON'],
])('a batch that is not a JSON array is refused as a whole: %j', async (text, status, code) => {
  const before = await waiting();
  const answer = await batch(text, JSON_TYPE);
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  expect(await waiting()).toBe(before);
});

test('another content type is refused', async () => {
  expect(await batch('workspace,type\na,t', { 'content-type': 'text/csv' })).toMatchObject({ status: 415 });
});

test('a compressed batch is read', async () => {
  const response = await fetch(`${rig.dispatcher.url}/v1/jobs:batch`, {
    method: 'POST',
    headers: { authorization: `Bearer ${rig.dispatcher.key}`, ...JSON_TYPE, 'content-encoding': 'gzip' },
    body: gzipSync(JSON.stringify([{ workspace: 'zipped', type: 't' }])),
  });
  expect([response.status, ((await response.json()) as { accepted: number }).accepted]).toEqual([207, 1]);
});

test('a batch that says that it is larger than 64 MiB is refused before it is read', async () => {
  const answer = await fetch(`${rig.dispatcher.url}/v1/jobs:batch`, {
    method: 'POST',
    headers: { authorization: `Bearer ${rig.dispatcher.key}`, ...JSON_TYPE },
    body: Buffer.alloc(64 * 1024 * 1024 + 1, 0x20),
  }).then(
    (response) => response.json() as Promise<{ code: string }>,
    // It may hear of the refusal only as a broken connection: it is still sending.
    () => ({ code: 'BODY_TOO_LARGE' }),
  );
  expect(answer.code).toBe('BODY_TOO_LARGE');
});

test('a batch of unknown length that passes 64 MiB is worked off up to there', async () => {
  const item = Buffer.from(
    `${JSON.stringify({ workspace: 'stream', type: 't', payload: 'x'.repeat(200_000) })},`,
  );
  // The last piece passes the limit: who goes on sending after the refusal may see nothing but a broken connection.
  const fit = Math.floor((64 * 1024 * 1024 - 1) / item.length);
  const response = await fetch(`${rig.dispatcher.url}/v1/jobs:batch`, {
    method: 'POST',
    headers: { authorization: `Bearer ${rig.dispatcher.key}`, ...JSON_TYPE },
    body: ReadableStream.from(
      (function* () {
        yield Buffer.from('[');
        for (let i = 0; i <= fit; i++) yield item;
      })(),
    ),
    duplex: 'half',
  } as RequestInit);
  const body = (await response.json()) as { accepted: number; incomplete: { code: string } };
  expect([response.status, body.incomplete.code]).toEqual([207, 'BODY_TOO_LARGE']);
  expect(body.accepted).toBe(fit);
});
