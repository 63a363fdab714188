/** The example of a worker in another language, run as its README says, against the real handler. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { signatureHeaders } from '../../src/http-request/signature.ts';
import { isPermanent } from '../../src/permanent-error.ts';
import { failure, requester, SECRET } from './rig.ts';

const SCRIPT = fileURLToPath(new URL('../../../../examples/http-worker-python/worker.py', import.meta.url));
const OTHER = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

let worker: ChildProcess;
let url = '';

beforeAll(async () => {
  const env = { ...process.env, FAIRLEAD_HTTP_SIGNING_SECRET: `${OTHER},${SECRET}` };
  worker = spawn('python3', [SCRIPT, '0'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  url = await new Promise<string>((resolve, reject) => {
    worker.once('error', () =>
      reject(new Error('This test needs python3 on the PATH: apt-get install python3')),
    );
    worker.once('exit', (code) => reject(new Error(`worker.py ended with exit code ${code}`)));
    createInterface({ input: worker.stdout! }).once('line', (line) =>
      resolve(line.replace('listening on ', '')),
    );
  });
});

afterAll(async () => {
  if (worker.exitCode !== null || worker.pid === undefined) return;
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  worker.kill('SIGTERM');
  await ended;
});

describe('the worker in Python', () => {
  test('does a signed job, and gives its result', async () => {
    const job = { url: `${url}/word-count`, body: { text: 'drei kurze Wörter' } };
    expect(await requester()(job)).toMatchObject({ status: 200, body: { words: 3 } });
    expect(await requester({ secretsFor: () => [OTHER] })(job, { id: 'other' })).toMatchObject({
      status: 200,
    });
  });

  test('does a job once, whatever comes in a second attempt', async () => {
    const send = requester();
    await send({ url: `${url}/word-count`, body: { text: 'a b' } }, { id: 'repeated' });
    const second = await send({ url: `${url}/word-count`, body: { text: 'a b c d' } }, { id: 'repeated' });
    expect(second.body).toEqual({ words: 2 });
  });

  test('refuses a job that was signed with another secret', async () => {
    const stranger = requester({ secretsFor: () => [`whsec_${Buffer.alloc(32, 8).toString('base64')}`] });
    const error = await failure(stranger({ url: `${url}/word-count`, body: { text: 'a' } }));
    expect(error.message).toBe(`http.request: ${url} answered 401`);
    expect(isPermanent(error)).toBe(true);
  });

  test('refuses a job that is six minutes old', async () => {
    const late = requester({ nowMs: () => Date.now() - 360_000 });
    expect((await failure(late({ url: `${url}/word-count`, body: { text: 'a' } }))).message).toContain('401');
  });

  test('refuses a job whose body was changed on the way, and one without a signature', async () => {
    const key = Buffer.from(SECRET.slice(6), 'base64');
    const headers = signatureHeaders('changed', Math.floor(Date.now() / 1_000), '{"text":"a"}', [key]);
    const post = (body: string, extra: Record<string, string>) =>
      fetch(`${url}/word-count`, { method: 'POST', body, headers: extra });
    expect((await post('{"text":"a"}', headers)).status).toBe(200);
    expect((await post('{"text":"b"}', headers)).status).toBe(401);
    expect((await post('{"text":"a"}', {})).status).toBe(401);
    expect((await post('{"text":"a"}', { ...headers, 'webhook-id': 'another' })).status).toBe(401);
  });

  test('says for good that it does not know a task, or cannot do a job', async () => {
    const send = requester();
    expect((await failure(send({ url: `${url}/nothing`, body: {} }, { id: 'n' }))).message).toContain('404');
    expect((await failure(send({ url: `${url}/word-count`, body: {} }, { id: 'm' }))).message).toContain(
      '422',
    );
  });
});
