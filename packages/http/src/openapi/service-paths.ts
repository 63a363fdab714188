/** What every service answers besides its operations; `createServiceApp` and `documentRoutes` serve these. */
import { z } from 'zod';
import type { Components } from './components.ts';
import { refusals } from './refusals.ts';

const state = <S extends string>(word: S) => z.strictObject({ status: z.literal(word) });

export function servicePaths(components: Components): Record<string, Record<string, object>> {
  const json = (description: string, schema: z.ZodType) => ({
    description,
    content: { 'application/json': { schema: components.schema(schema, 'received') } },
  });
  const draining = refusals({ id: 'getOpenApi', answers: {} }, ['SHUTTING_DOWN'], components);
  return {
    '/healthz': {
      get: open('getHealth', 'Ask whether the process is alive', { 200: json('It is.', state('alive')) }),
    },
    '/readyz': {
      get: open('getReadiness', 'Ask whether requests can be served', {
        200: json('They can.', state('ready')),
        ...refusals({ id: 'getReadiness', answers: {} }, ['NOT_READY', 'SHUTTING_DOWN'], components),
      }),
    },
    '/metrics': {
      get: open('getMetrics', 'Metrics for Prometheus', {
        200: {
          description: 'In the text format of Prometheus.',
          content: { 'text/plain': { schema: { type: 'string' } } },
        },
      }),
    },
    '/openapi.json': {
      get: open('getOpenApi', 'This document', {
        200: json('An OpenAPI 3.1 document.', z.looseObject({ openapi: z.string() })),
        304: { description: 'It is the one of If-None-Match.' },
        ...draining,
      }),
    },
  };
}

function open(operationId: string, summary: string, responses: object): object {
  return { operationId, tags: ['Service'], summary, security: [], responses };
}
