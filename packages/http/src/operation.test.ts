import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FairleadError } from '@fairlead/core';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import express from 'express';
import { z } from 'zod';
import { errorHandler } from './error-handler.ts';
import { mountOperations, problemsOf } from './mount-operations.ts';
import { defineOperation, handle, type Principal, SCOPES } from './operation.ts';
import { problem } from './problem.ts';

const ABSENT = problem('JOB_NOT_FOUND', 'none');
const text = z.string();

const getThing = defineOperation({
  id: 'getThing',
  method: 'GET',
  path: '/v1/workspaces/{workspace}/things/{id}',
  tag: 'Things',
  summary: 'Look at one',
  access: { scope: 'read', tenants: 'own', absent: ABSENT },
  params: { workspace: text, id: z.coerce.number() },
  query: z.strictObject({ deep: z.stringbool().default(false) }),
  answers: { 200: { description: 'It.', schema: z.strictObject({ id: z.int(), deep: z.boolean() }) } },
  problems: [],
});

const putThing = defineOperation({
  id: 'putThing',
  method: 'PUT',
  path: '/v1/workspaces/{workspace}/things/{id}',
  tag: 'Things',
  summary: 'Put one',
  access: { scope: 'operate', tenants: 'no' },
  params: { workspace: text, id: text },
  headers: z.object({ 'x-mark': text }),
  body: { schema: z.strictObject({ size: z.int() }), limitBytes: 100 },
  answers: {
    201: { description: 'New.', headers: { location: 'Where.' } },
    503: { description: 'Not now.', schema: z.looseObject({ code: text }) },
  },
  problems: ['VERSION_CONFLICT'],
});

const PRINCIPALS: Record<string, Principal> = {
  reader: { actor: 'r', scopes: new Set(['read']), workspace: undefined },
  tenant: { actor: 't', scopes: new Set(['read', 'operate']), workspace: 'mine' },
  admin: { actor: 'a', scopes: new Set(['admin']), workspace: undefined },
};

const problems: string[] = [];
let server: Server;
let base: string;

beforeAll(async () => {
  const router = express.Router({ caseSensitive: true });
  const things = [
    handle(getThing).by(async ({ params, query }) => ({
      status: 200,
      body: { id: params.id, deep: query.deep },
    })),
    handle(putThing).by(
      async ({ params, body, headers, principal }) =>
        body.size > 5
          ? { status: 503, body: { ...problem('NOT_READY', 'too big'), mark: headers['x-mark'] } }
          : { status: 201, headers: { location: `${principal.actor}/${params.id}/${body.size}` } },
      (code) => void problems.push(code),
    ),
  ];
  mountOperations(router, things, {
    authenticate: async (key) => {
      if (key === 'unknowable') throw new FairleadError('LEDGER_UNAVAILABLE', 'db.internal is away');
      return PRINCIPALS[key];
    },
  });
  server = createServer(express().use(router, errorHandler));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
});

async function ask(method: string, path: string, key?: string, body?: unknown) {
  const response = await fetch(base + path, {
    method,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'x-mark': 'm' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const sent = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: sent === '' ? undefined : JSON.parse(sent),
  };
}

const thing = '/v1/workspaces/mine/things/7';

test('a handler gets what was parsed, and what it returns is sent', async () => {
  expect(await ask('GET', `${thing}?deep=true`, 'reader')).toMatchObject({
    status: 200,
    body: { id: 7, deep: true },
  });
  const put = await ask('PUT', thing, 'admin', { size: 3 });
  expect([put.status, put.headers.get('location'), put.body]).toEqual([201, 'a/7/3', undefined]);
});

test('the checks come in order: who, what, where, and only then what was sent', async () => {
  const badPath = '/v1/workspaces/BAD/things/x?shallow';
  expect(await ask('GET', badPath)).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
  expect(await ask('PUT', badPath, 'reader')).toMatchObject({
    status: 403,
    body: { code: 'INSUFFICIENT_SCOPE' },
  });
  expect(await ask('PUT', badPath, 'tenant')).toMatchObject({
    status: 403,
    body: { code: 'OPERATORS_ONLY' },
  });
  expect(await ask('GET', badPath, 'tenant')).toMatchObject({ status: 404, body: ABSENT });
  expect(await ask('GET', badPath, 'reader')).toMatchObject({
    status: 400,
    body: { code: 'WORKSPACE_NAME_INVALID' },
  });
  expect(await ask('GET', `${thing}?shallow`, 'reader')).toMatchObject({ status: 400 });
  expect(await ask('GET', thing, 'tenant')).toMatchObject({ status: 200 });
});

test('when nobody can say whether a key is good, it is neither refused nor let in', async () => {
  expect(await ask('GET', thing, 'unknowable')).toMatchObject({
    status: 503,
    body: { code: 'LEDGER_UNAVAILABLE' },
  });
});

test('a refusal is told, be it the handler’s or one before it', async () => {
  problems.length = 0;
  await ask('PUT', thing);
  await ask('PUT', thing, 'admin', { size: 'x' });
  await ask('PUT', thing, 'admin', { size: 1, more: 'y'.repeat(100) });
  expect(problems).toEqual(['UNAUTHENTICATED', 'INVALID_REQUEST', 'BODY_TOO_LARGE']);
});

test('an answer of failure is a problem document, with members of its own', async () => {
  const answer = await ask('PUT', thing, 'admin', { size: 6 });
  expect(answer).toMatchObject({ status: 503, body: { code: 'NOT_READY', mark: 'm' } });
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(answer.headers.get('retry-after')).toBe('2');
});

test('other methods are told what there is, without a key', async () => {
  const other = await ask('DELETE', thing);
  expect([other.status, other.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS, PUT']);
  expect((await ask('OPTIONS', thing)).status).toBe(204);
  expect((await ask('HEAD', thing)).status).toBe(401);
});

test('what an operation may answer follows from what it is', () => {
  expect(problemsOf(getThing)).toEqual(expect.arrayContaining(['JOB_NOT_FOUND', 'WORKSPACE_NAME_INVALID']));
  expect(problemsOf(getThing)).not.toContain('MALFORMED_JSON');
  expect(problemsOf(putThing)).toEqual(
    expect.arrayContaining(['OPERATORS_ONLY', 'VERSION_CONFLICT', 'BODY_TOO_LARGE']),
  );
});

test('one method of one path is one operation', () => {
  const twice = handle(getThing).by(async () => ({ status: 200, body: { id: 1, deep: false } }));
  expect(() =>
    mountOperations(express.Router(), [twice, twice], { authenticate: async () => undefined }),
  ).toThrow(/another operation/);
});

test('what does not go together does not type-check', () => {
  const base = { id: 'x', tag: 'T', summary: 's', answers: {}, problems: [] } as const;
  const own = { scope: 'read', tenants: 'own', absent: ABSENT } as const;
  const operators = { scope: 'read', tenants: 'no' } as const;
  const body = { schema: text } as const;
  // @ts-expect-error a tenant's route names the workspace
  defineOperation({ ...base, method: 'GET', path: '/v1/x', access: own });
  // @ts-expect-error its items are in a body
  defineOperation({ ...base, method: 'POST', path: '/v1/x', access: { scope: 'read', tenants: 'items' } });
  // @ts-expect-error GET has no body
  defineOperation({ ...base, method: 'GET', path: '/v1/x', access: operators, body });
  // @ts-expect-error the name in the path is declared
  defineOperation({ ...base, method: 'GET', path: '/v1/{x}', access: operators });
  const misnamed = { ...base, method: 'GET', access: operators, params: { x: text, y: text } } as const;
  // @ts-expect-error and no other one
  defineOperation({ ...misnamed, path: '/v1/{x}' });
  const csv = { schema: text, types: ['text/csv'] } as const;
  // @ts-expect-error the router reads JSON only
  defineOperation({ ...base, method: 'PUT', path: '/v1/x', access: operators, body: csv });
  // @ts-expect-error an undeclared answer
  handle(getThing).by(async () => ({ status: 204 }));
  // @ts-expect-error an answer of another shape
  handle(getThing).by(async () => ({ status: 200, body: { id: 'seven', deep: true } }));
  expect(SCOPES).toContain('admin');
});
