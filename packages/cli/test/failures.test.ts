/** What goes wrong, with the exit code and the fix: as a process, each against the server that brings it about. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, jest, test } from '@jest/globals';
import { fairlead, inProcess } from './fairlead.ts';

// Each run is a process, and this machine may have others to run.
jest.setTimeout(240_000);

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** An address where this answers. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const env = (url: string) => ({ FAIRLEAD_URL: url, FAIRLEAD_API_KEY: 'flk_canary' });

function problem(status: number, code: string, more: object = {}): RequestListener {
  return (req, res) => {
    req.resume();
    res.writeHead(status, { 'content-type': 'application/problem+json' });
    res.end(JSON.stringify({ type: 'urn:x', title: 'T', status, code, detail: 'What is wrong.', ...more }));
  };
}

test.each([
  [400, 'INVALID_REQUEST', 2],
  [403, 'OPERATORS_ONLY', 3],
  [404, 'JOB_NOT_FOUND', 4],
  [409, 'JOB_FINISHED', 1],
  [429, 'BACKLOG_FULL', 5],
  [500, 'INTERNAL', 1],
  [503, 'REDIS_PRESSURE', 5],
])('%d %s ends with %d, nothing on standard output, and what helps', async (status, code, exitCode) => {
  const url = await serve(problem(status, code, { fix: 'Do this.' }));
  expect(await fairlead(['jobs', 'get', 'acme', 'x', '--json'], { env: env(url) })).toEqual({
    code: exitCode,
    signal: null,
    stdout: '',
    stderr: `error: What is wrong. (${code})\nfix: Do this.\n`,
  });
});

test('a bad key and a wrong address are answered with the setting to look at', async () => {
  const refused = { env: env(await serve(problem(401, 'UNAUTHENTICATED', { fix: 'Send the header.' }))) };
  expect(await inProcess(['flags', 'list'], refused)).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/\nfix: Set FAIRLEAD_API_KEY to a key of this cluster/),
  });
  const FAIRLEAD_CONTROLLER_URL = await serve(problem(404, 'NOT_FOUND', { fix: 'Check the path.' }));
  const lost = { env: { FAIRLEAD_CONTROLLER_URL, FAIRLEAD_API_KEY: 'flk_canary' } };
  expect(await inProcess(['capacity', 'show'], lost)).toMatchObject({
    code: 4,
    stderr: expect.stringMatching(/\nfix: Set FAIRLEAD_CONTROLLER_URL to the address of a controller: /),
  });
});

test('a list that cannot be had prints nothing, not even the beginning of JSON', async () => {
  const url = await serve(problem(404, 'WORKSPACE_NOT_FOUND'));
  expect(await inProcess(['jobs', 'list', 'acme', '--json'], { env: env(url) })).toMatchObject({
    code: 4,
    stdout: '',
  });
});

test('without a fix, when to try again is told', async () => {
  const url = await serve(problem(503, 'REDIS_PRESSURE', { retryAfterSeconds: 5 }));
  const { stderr } = await inProcess(['flags', 'list'], { env: env(url) });
  expect(stderr).toBe('error: What is wrong. (REDIS_PRESSURE)\nfix: Try again in 5 s.\n');
});

test('where nobody listens it says so at once, with 5', async () => {
  const url = await serve(() => {});
  servers[0]?.close();
  expect(await fairlead(['flags', 'list'], { env: env(url) })).toMatchObject({
    code: 5,
    stdout: '',
    stderr: expect.stringMatching(
      /^error: There is no answer from .*ECONNREFUSED.*\nfix: Start the dispatcher/,
    ),
  });
});

test('an answer that is not Fairlead’s is told from a refusal', async () => {
  const url = await serve((_, res) =>
    res.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>'),
  );
  expect(await fairlead(['flags', 'list'], { env: env(url) })).toMatchObject({
    code: 5,
    stderr: expect.stringMatching(/^error: .*answered 502.*\nfix: Set FAIRLEAD_URL/),
  });
});

test('a server’s words move no cursor', async () => {
  const url = await serve(problem(409, 'JOB_FINISHED', { detail: '\u001b[2Jgone\u0007' }));
  const { stderr } = await fairlead(['flags', 'list'], { env: env(url) });
  expect(stderr).toBe('error: \ufffd[2Jgone\ufffd (JOB_FINISHED)\n');
});

test('without an address it is 2, without a key 3, and help needs neither', async () => {
  const { FAIRLEAD_URL, FAIRLEAD_API_KEY } = env('http://127.0.0.1:9');
  expect(await fairlead(['flags', 'list'], { env: { FAIRLEAD_API_KEY } })).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^error: FAIRLEAD_URL is not set\.\nfix: .*npm start/),
  });
  expect(await fairlead(['flags', 'list'], { env: { FAIRLEAD_URL } })).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/^error: There is no API key\.\nfix: /),
  });
  expect(await fairlead(['flags', 'list', '--help'])).toMatchObject({ code: 0, stderr: '' });
});

test.each([
  [['jbos'], /unknown command 'jbos'\n\(Did you mean jobs\?\)\nSee fairlead --help\./],
  [['jobs', 'lst', 'acme'], /\(Did you mean list\?\)\nSee fairlead jobs --help\./],
  [['jobs', 'list', 'acme', '--stat', 'dead'], /\(Did you mean --state\?\)\nSee fairlead jobs list --help\./],
  [['jobs', 'list'], /missing required argument 'workspace'/],
  [['jobs', 'list', 'a', 'b'], /too many arguments/],
  [['jobs', 'list', 'a', '--state', 'gone'], /Allowed choices are accepted, queued, /],
  [['jobs', 'list', 'a', '--all', '--cursor', 'x'], /cannot be used with/],
  [['jobs', 'add', 'a', 't', '--payload', '{'], /It is no JSON/],
  [['jobs', 'add', 'a', 't', '--delay', '15'], /like 30s, 15m or 1h30m/],
  [['jobs', 'add', 'a', 't', '--backoff', 'linear:1s'], /like exponential:2s/],
  [['jobs', 'add', 'a', '--from', '-', '--priority', '1'], /cannot be used with/],
  [['jobs', 'add', 'a', 't', '--from', '-'], /the type of each job is in its line/],
  [['jobs', 'add', 'a'], /A workspace and a type are needed/],
  [['jobs', 'add', '--from', '/no/such/file'], /cannot be read \(ENOENT\)/],
  [['keys', 'create', 'x'], /required option '--scope/],
  [['workspaces', 'set', 'a'], /There is nothing to set/],
  [['schedules', 'set', 'a', 'b', '--type', 't'], /When it is due is missing/],
  [['jobs'], /^Usage: fairlead jobs/],
  [[], /^Usage: fairlead/],
])('%j is a usage error: 2, on standard error, with the way on', async (args, message) => {
  const ended = await inProcess(args, { env: env('http://127.0.0.1:9') });
  expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
});

test('a batch that breaks off says which line to go on from', async () => {
  let requests = 0;
  const url = await serve((req, res) => {
    let lines = 0;
    req.on('data', (chunk: Buffer) => {
      lines += chunk.toString().split('\n').length - 1;
    });
    req.on('end', () => {
      if (++requests > 1) return problem(503, 'REDIS_UNAVAILABLE', { fix: 'Wait.' })(req, res);
      const results = Array.from({ length: lines }, (_, index) => ({
        index,
        status: 202,
        id: `${index}`,
        state: 'waiting',
      }));
      res.writeHead(207, { 'content-type': 'application/json' });
      res.end(JSON.stringify({ accepted: lines, refused: 0, results }));
    });
  });
  const input = `\n${'{"type":"t"}\n'.repeat(1_500)}`;
  const ended = await fairlead(['jobs', 'add', 'acme', '--from', '-', '--json'], { env: env(url), input });
  expect(JSON.parse(ended.stdout)).toMatchObject({ accepted: 1_000, refused: 0 });
  expect(ended).toMatchObject({
    code: 5,
    stderr:
      'error: What is wrong. (REDIS_UNAVAILABLE)\n1000 jobs were accepted and 0 refused before line 1002.\n' +
      'fix: Wait. The rest of the file: tail -n +1002.\n',
  });
});

test('the key is in no output, whatever goes wrong', async () => {
  const url = await serve(problem(500, 'INTERNAL'));
  for (const args of [['flags', 'list'], ['doctor'], ['doctor', '--json'], ['jbos']]) {
    const { stdout, stderr } = await inProcess(args, { env: env(url) });
    expect(stdout + stderr).not.toContain('canary');
  }
});
