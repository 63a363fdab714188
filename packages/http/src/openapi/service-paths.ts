/** What every service answers besides its operations; `createServiceApp` and `documentRoutes` serve these. */
import type { FaultCode } from '@fairlead/core';
import { z } from 'zod';
import { type Components, pascal } from './components.ts';
import { refusals } from './refusals.ts';

const state = <S extends string>(word: S) => z.strictObject({ status: z.literal(word) });

export function servicePaths(components: Components): Record<string, Record<string, object>> {
  const get = (id: string, summary: string, answers: object, ...codes: FaultCode[]) => ({
    get: {
      operationId: id,
      tags: ['Service'],
      summary,
      security: [],
      responses: {
        ...answers,
        ...refusals({ id, answers: {} }, ['HEADERS_TOO_LARGE', ...codes], components),
      },
    },
  });
  const json = (id: string, description: string, schema: z.ZodType) => ({
    description,
    content: { 'application/json': { schema: components.named(`${pascal(id)}Answer`, schema, 'received') } },
  });
  return {
    '/healthz': get('getHealth', 'Ask whether the process is alive', {
      200: json('getHealth', 'It is.', state('alive')),
    }),
    '/readyz': get(
      'getReadiness',
      'Ask whether requests can be served',
      { 200: json('getReadiness', 'They can.', state('ready')) },
      'NOT_READY',
      'SHUTTING_DOWN',
    ),
    '/metrics': get('getMetrics', 'Metrics for Prometheus', {
      200: {
        description: 'In the text format of Prometheus.',
        content: { 'text/plain': { schema: { type: 'string' } } },
      },
    }),
    '/openapi.json': get(
      'getOpenApi',
      'This document',
      {
        200: json('getOpenApi', 'An OpenAPI 3.1 document.', z.looseObject({ openapi: z.string() })),
        304: { description: 'It is the one of If-None-Match.' },
      },
      'SHUTTING_DOWN',
    ),
  };
}
