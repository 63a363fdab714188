import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { configuredHandlers } from './configured-handlers.ts';
import { defineHandlers } from './handlers.ts';

const own = defineHandlers({ own: { input: z.object({}), run: async () => {} } });
const names = (answer: Awaited<ReturnType<typeof configuredHandlers>>) =>
  answer.outcome === 'ready' ? Object.keys(answer.handlers).sort() : answer;

test('without a file a service has its own handlers and the built-in ones', async () => {
  expect(names(await configuredHandlers({}, own))).toEqual(['http.request', 'own']);
});

test('what is wrong says whether the file or a setting has to be changed', async () => {
  const secret = { FAIRLEAD_HTTP_SIGNING_SECRET: 'short' };
  expect(await configuredHandlers(secret, own)).toMatchObject({ outcome: 'failed', fault: 'settings' });
  expect(await configuredHandlers({ ...secret, FAIRLEAD_HANDLERS: '/nowhere.ts' }, own)).toEqual({
    outcome: 'failed',
    fault: 'file',
    problems: ['FAIRLEAD_HANDLERS: there is no file /nowhere.ts'],
  });
});
