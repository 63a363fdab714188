import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { builtInHandlers } from './built-in-handlers.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const OTHER = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-secrets-'));
});

afterAll(() => rm(folder, { recursive: true }));

describe('the built-in handlers', () => {
  test('are there without any configuration', () => {
    expect(builtInHandlers({})).toMatchObject({ outcome: 'ready', handlers: { 'http.request': {} } });
  });

  test('take several secrets, from the environment and from a file, and an allow-list', async () => {
    const file = join(folder, 'secrets');
    await writeFile(file, `${SECRET}\n${OTHER}\n`);
    const built = builtInHandlers({
      FAIRLEAD_HTTP_SIGNING_SECRET: `${SECRET}, ${OTHER}`,
      FAIRLEAD_HTTP_SIGNING_SECRET_FILE: file,
      FAIRLEAD_HTTP_ALLOW: '127.0.0.1:8081, 10.0.0.0/8 worker.internal',
    });
    expect(built.outcome).toBe('ready');
  });

  test('say all that is wrong, and no secret', async () => {
    const file = join(folder, 'bad');
    await writeFile(file, 'hunter2hunter2hunter2\n');
    const built = builtInHandlers({
      FAIRLEAD_HTTP_SIGNING_SECRET: `${SECRET},correct-horse-battery-staple`,
      FAIRLEAD_HTTP_SIGNING_SECRET_FILE: file,
      FAIRLEAD_HTTP_ALLOW: '10.0.0.0/99',
    });
    expect(built).toEqual({
      outcome: 'failed',
      problems: [
        expect.stringMatching(/^FAIRLEAD_HTTP_SIGNING_SECRET: a signing secret must be whsec_/),
        expect.stringMatching(/^FAIRLEAD_HTTP_SIGNING_SECRET_FILE: a signing secret must be whsec_/),
        expect.stringMatching(/^FAIRLEAD_HTTP_ALLOW: .*"10\.0\.0\.0\/99" is not an address/),
      ],
    });
    expect(JSON.stringify(built)).not.toMatch(/hunter2|battery/);
  });

  test('say that the file of secrets is not there', () => {
    const path = join(folder, 'absent');
    expect(builtInHandlers({ FAIRLEAD_HTTP_SIGNING_SECRET_FILE: path })).toEqual({
      outcome: 'failed',
      problems: [`FAIRLEAD_HTTP_SIGNING_SECRET_FILE: ${path} cannot be read (ENOENT)`],
    });
  });
});
