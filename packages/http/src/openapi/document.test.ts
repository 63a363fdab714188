import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { defineOperation, type Operation } from '../operation.ts';
import { problem } from '../problem.ts';
import { problemDocument } from '../problem-schema.ts';
import { openApiDocument } from './document.ts';

const thing = z.strictObject({ id: z.string(), size: z.int() }).meta({ id: 'Thing' });
const params = { workspace: z.string().meta({ description: 'Whose', examples: ['acme'] }) };
const absent = problem('WORKSPACE_NOT_FOUND', 'There is none.');

const listThings = defineOperation({
  id: 'listThings',
  method: 'GET',
  path: '/v1/workspaces/{workspace}/things',
  tag: 'Things',
  summary: 'List things',
  access: { scope: 'read', tenants: 'own', absent },
  params,
  query: z.strictObject({
    limit: z.coerce.number().pipe(z.int().min(1).max(9)).default(5),
    type: z.string().optional(),
  }),
  answers: { 200: { description: 'All.', schema: z.strictObject({ things: z.array(thing) }) } },
  problems: ['BACKLOG_FULL'],
});
const addThings = defineOperation({
  id: 'addThings',
  method: 'POST',
  path: '/v1/things:batch',
  tag: 'Things',
  summary: 'Add things',
  access: { scope: 'enqueue', tenants: 'items' },
  headers: z.object({ 'idempotency-key': z.string().optional() }),
  body: { schema: z.array(thing), types: ['application/json', 'application/x-ndjson'], readBy: 'handler' },
  answers: {
    201: { description: 'Added.', headers: { location: 'Where they are.' }, schema: thing },
    204: { description: 'There was nothing to add.' },
    503: { description: 'Half of it.', schema: problemDocument.extend({ half: z.literal(true) }) },
  },
  problems: ['DISPATCH_FAILED'],
});

// biome-ignore lint/suspicious/noExplicitAny: a document is looked into
function documentOf(...operations: Operation[]): any {
  const tags = { Things: 'Things.' };
  return openApiDocument({ title: 'T', version: '1.2.3', description: 'D', operations, tags });
}

test('schemas with an id are components, and the bodies are named after their operation', () => {
  const { components, paths } = documentOf(listThings, addThings);
  expect(components.schemas.Thing).toEqual({
    type: 'object',
    properties: { id: { type: 'string' }, size: { type: 'integer' } },
    required: ['id', 'size'],
    additionalProperties: false,
  });
  expect(components.schemas.ListThingsAnswer.properties.things.items).toEqual({
    $ref: '#/components/schemas/Thing',
  });
  const { responses, requestBody } = paths['/v1/things:batch'].post;
  expect(responses['201'].content['application/json'].schema).toEqual({ $ref: '#/components/schemas/Thing' });
  expect(responses['204']).toEqual({ description: 'There was nothing to add.' });
  expect(requestBody.content['application/json'].schema).toEqual({
    $ref: '#/components/schemas/AddThingsRequest',
  });
  expect(requestBody.content['application/x-ndjson'].schema).toEqual({
    type: 'string',
    description: 'A Thing on each line.',
  });
});

test('parameters say where they go, whether they must be there, and what they may be', () => {
  const { paths } = documentOf(listThings, addThings);
  expect(paths['/v1/workspaces/{workspace}/things'].get.parameters).toEqual([
    {
      name: 'workspace',
      in: 'path',
      required: true,
      description: 'Whose',
      example: 'acme',
      schema: { type: 'string' },
    },
    {
      name: 'limit',
      in: 'query',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 9, default: 5 },
    },
    { name: 'type', in: 'query', required: false, schema: { type: 'string' } },
  ]);
  expect(paths['/v1/things:batch'].post.parameters).toEqual([
    { name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string' } },
  ]);
});

test('refusals list their codes, with an example and the headers of their status', () => {
  const { components, paths } = documentOf(listThings, addThings);
  const { responses } = paths['/v1/workspaces/{workspace}/things'].get;
  expect(responses['429']).toEqual({ $ref: '#/components/responses/BacklogFull' });
  expect(components.responses.BacklogFull).toMatchObject({
    description: '`BACKLOG_FULL`: The workspace has too many waiting jobs.',
    headers: { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } },
    content: {
      'application/problem+json': {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            { properties: { code: { enum: ['BACKLOG_FULL'] } } },
          ],
        },
        examples: { BACKLOG_FULL: { value: { status: 429, code: 'BACKLOG_FULL' } } },
      },
    },
  });
  expect(components.responses.Unauthenticated.headers).toHaveProperty('WWW-Authenticate');
  const { anyOf } =
    paths['/v1/things:batch'].post.responses['503'].content['application/problem+json'].schema;
  expect(anyOf).toMatchObject([
    { $ref: '#/components/schemas/AddThingsProblem' },
    { allOf: expect.anything() },
  ]);
});

test('what every service answers is in it, and needs no key', () => {
  const { paths } = documentOf();
  for (const path of ['/healthz', '/readyz', '/metrics', '/openapi.json']) {
    expect(paths[path].get).toMatchObject({ security: [], responses: { 200: expect.anything() } });
  }
});

test('a tag that nobody describes, and two schemas of one name, are found at the start', () => {
  expect(() => documentOf({ ...listThings, tag: 'Other' })).toThrow(
    'listThings: the tag Other is not described',
  );
  const other = {
    ...addThings,
    answers: { 200: { description: '', schema: z.int().meta({ id: 'Thing' }) } },
  };
  expect(() => documentOf(listThings, other)).toThrow(/Thing/);
});
