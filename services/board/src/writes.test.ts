import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import { isAllowedRoute } from './writes.ts';

interface Route {
  readonly method: string;
  readonly route: string;
}
const { appRoutes } = createRequire(import.meta.url)('@bull-board/api/dist/routes.js') as {
  appRoutes: { api: readonly Route[] };
};

test('of all that Bull Board can change, retrying and promoting is allowed', () => {
  const changes = appRoutes.api.filter(({ method }) => method !== 'get');
  expect(changes.length).toBeGreaterThan(15);
  expect(
    changes.filter(({ method, route }) => isAllowedRoute(method, route)).map(({ route }) => route),
  ).toEqual([
    '/api/queues/:queueName/retry/:queueStatus',
    '/api/queues/:queueName/promote',
    '/api/queues/:queueName/:jobId/retry',
    '/api/queues/:queueName/:jobId/promote',
  ]);
});

test('all that it reads is allowed', () => {
  for (const { method, route } of appRoutes.api) {
    if (method === 'get') expect(isAllowedRoute(method, route)).toBe(true);
  }
});
