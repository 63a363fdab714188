/** docs/client.md shows the code of the client's example, and that code does what the guide says. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { useDispatcher } from './use-dispatcher.ts';

const EXAMPLES = new URL('../../../packages/client/examples/', import.meta.url);
const EXAMPLE = new URL('usage.ts', EXAMPLES);
const GUIDE = new URL('../../../docs/client.md', import.meta.url);
const ID = '[0-9a-f]{8}-[0-9a-f-]{27}';

const rig = useDispatcher({
  ledger: 'on',
});

test('the guide shows the code that is run here, and at the controller', async () => {
  const shown = (await readFile(GUIDE, 'utf8')).matchAll(/^```ts\n([\s\S]*?)^```$/gm);
  const controller = new URL('controller.ts', EXAMPLES);
  const run = ((await readFile(EXAMPLE, 'utf8')) + (await readFile(controller, 'utf8'))).matchAll(
    /^\/\/ #region (\S+)\n([\s\S]*?)^\/\/ #endregion \1$/gm,
  );
  expect(new Set([...shown].map(([, code]) => code))).toEqual(new Set([...run].map(([, , code]) => code)));
});

test('its code adds jobs, is refused, lists and looks', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=development', fileURLToPath(EXAMPLE)],
    {
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        FAIRLEAD_URL: rig.dispatcher.url,
        FAIRLEAD_API_KEY: rig.dispatcher.key,
      },
    },
  );
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toEqual([
    expect.stringMatching(new RegExp(`^${ID} waiting$`)),
    expect.stringMatching(/^409 .*dead/),
    expect.stringMatching(new RegExp(`^${ID} (queued|accepted) 0$`)),
    '2 0 2',
    expect.stringContaining('orderId: 4711'),
  ]);
});
