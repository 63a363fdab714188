/** The calls of docs/dispatch-windows.md do what it says, and it knows every mode, switch and setting. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { dispatchWindow } from '../src/api/dispatch.ts';
import { FLAG_VALUES } from '../src/flags.ts';
import { useDispatcher } from './use-dispatcher.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const guide = read('../../../docs/dispatch-windows.md');
const rig = useDispatcher({
  ledger: 'on',
  inline: { handlers: { invoice: { input: z.object({ month: z.string() }), run: () => 'sent' } } },
});

/** The command lines of the guide, as requests. */
function calls() {
  const blocks = [...guide.matchAll(/```sh\n(.*?)```/gs)].map(([, text = '']) => text);
  return blocks
    .flatMap((block) => block.split(/^(?=curl )/m))
    .map((command) => {
      const [, method = '', path = ''] = command.match(/^curl -X (\w+) "\$FAIRLEAD_URL(\S+)"/) ?? [];
      const [, body] = command.match(/ -d '(.*)'$/s) ?? command.match(/ -d '(.*?)'\n/s) ?? [];
      expect(command).toContain('-H "authorization: Bearer $FAIRLEAD_API_KEY"');
      return { method, path, body: body === undefined ? undefined : JSON.parse(body) };
    });
}

test('the calls of the guide work, in their order', async () => {
  const [post, fallback, force, failed, back, ...more] = calls();
  expect(more).toEqual([]);
  const run = (call: ReturnType<typeof calls>[number] | undefined, change: object = {}) =>
    rig.dispatcher.call(
      call?.method ?? '',
      call?.path ?? '',
      call?.body === undefined ? undefined : { ...call.body, ...change },
    );
  expect((await run(post)).body).toMatchObject({ mode: 'dispatch-only', source: 'billing-cron' });
  expect((await run(fallback)).body).toMatchObject({ value: true, expiresAt: expect.any(String) });
  expect((await run(force)).body).toMatchObject({ value: 'inline' });
  const inline = await run(post, { source: 'another-cron' });
  expect(inline.body).toMatchObject({
    mode: 'inline-forced',
    jobs: [{ result: 'sent' }, { result: 'sent' }],
  });
  expect((await run(failed)).body).toEqual({ runs: [], nextCursor: null });
  expect((await run(back)).body).toMatchObject({ value: 'queue', source: 'initial' });
});

test('the guide has every mode, every switch and every setting', () => {
  const modes = JSON.stringify(z.toJSONSchema(dispatchWindow.answers[200].schema)).match(/inline-[a-z-]+/g);
  expect(new Set(modes).size).toBe(3);
  const settings = read('../src/config.ts').match(/\bFAIRLEAD_DISPATCH_[A-Z_]+\b/g);
  for (const name of [...(modes ?? []), ...Object.keys(FLAG_VALUES), ...(settings ?? [])]) {
    expect(guide).toContain(`| \`${name}\` |`);
  }
});
