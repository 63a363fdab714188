/** `jobs add --wait`: what backpressure refuses is sent again, and nothing else is. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from '@jest/globals';
import { inProcess } from './fairlead.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

type Answer = { readonly status: number; readonly body: object };

/** Gives one answer after the other, and what was sent. */
async function serve(...answers: Answer[]) {
  const sent: unknown[] = [];
  const server = createServer(async (req, res) => {
    const request = await text(req);
    sent.push(
      request
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    );
    const { status, body } = answers.shift() ?? { status: 500, body: {} };
    const type = status < 400 ? 'application/json' : 'application/problem+json';
    res.writeHead(status, { 'content-type': type }).end(JSON.stringify(body));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const env = {
    FAIRLEAD_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    FAIRLEAD_API_KEY: `flk_000000000000_${'x'.repeat(43)}`,
  };
  return { env, sent };
}

const full = (retryAfterSeconds: number) => ({
  ...{ type: 'urn:fairlead:problem:backlog-full', title: 'Full', status: 429 },
  ...{ code: 'BACKLOG_FULL', reason: 'backlog_limit', detail: 'It is full.', retryAfterSeconds },
});
const refused = (retryAfterSeconds: number): Answer => ({ status: 429, body: full(retryAfterSeconds) });
const accepted: Answer = { status: 202, body: { id: 'a', state: 'waiting', position: 1 } };
const ADD = ['jobs', 'add', 'acme', 'mail'];

test('a job is added once the pressure is over', async () => {
  const { env, sent } = await serve(refused(0), accepted);
  expect(await inProcess([...ADD, '--wait', '1m'], { env })).toMatchObject({ code: 0, stdout: 'a\n' });
  expect(sent).toHaveLength(2);
});

test('nobody waits who did not ask to, or for longer than he said; he is told when to come', async () => {
  for (const [args, answer] of [
    [ADD, refused(1)],
    [[...ADD, '--wait', '10s'], refused(45)],
  ] as const) {
    const { env, sent } = await serve(answer);
    const { code, stderr } = await inProcess(args, { env });
    expect([code, sent.length]).toEqual([5, 1]);
    expect(stderr).toMatch(/It is full\. \(BACKLOG_FULL\)\nfix: Try again in \d+ s\./);
  }
});

test('what is refused for something else is not sent again', async () => {
  const draining = { ...full(1), status: 409, code: 'WORKSPACE_DRAINING', reason: undefined };
  const { env, sent } = await serve({ status: 409, body: draining });
  expect((await inProcess([...ADD, '--wait', '1m'], { env })).code).not.toBe(0);
  expect(sent).toHaveLength(1);
});

test('of a file only the lines that were held back are sent again, and each line has its result', async () => {
  const lines = ['a', 'b', 'c'].map((type) => ({ workspace: 'acme', type }));
  const result = (index: number, id: string) => ({ index, status: 202, id, state: 'waiting', position: 1 });
  const held = { index: 1, status: 429, problem: full(0) };
  const { env, sent } = await serve(
    { status: 503, body: { ...full(0), status: 503, code: 'CONTENTION', reason: 'contention_guardrail' } },
    { status: 207, body: { accepted: 2, refused: 1, results: [result(0, 'a'), held, result(2, 'c')] } },
    { status: 207, body: { accepted: 1, refused: 0, results: [result(0, 'b')] } },
  );
  const input = lines.map((line) => JSON.stringify(line)).join('\n');
  const ended = await inProcess(['jobs', 'add', '--from', '-', '--wait', '1m'], { env, input });
  expect(ended).toMatchObject({ code: 0, stdout: '1\taccepted\ta\n2\taccepted\tb\n3\taccepted\tc\n' });
  expect(sent).toEqual([lines, lines, [lines[1]]]);
});
