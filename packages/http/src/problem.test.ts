import { FairleadError } from '@fairlead/core';
import { expect, test } from '@jest/globals';
import { ProblemError, problem, problemOf } from './problem.ts';

test('a document has the status and title of its code', () => {
  expect(problem('JOB_NOT_FOUND', 'No job 7.')).toEqual({
    type: 'urn:fairlead:problem:job-not-found',
    title: 'There is no such job in this workspace',
    status: 404,
    code: 'JOB_NOT_FOUND',
    detail: 'No job 7.',
  });
});

test('what cannot be done now says when to try again', () => {
  expect(problem('REDIS_UNAVAILABLE', 'x').retryAfterSeconds).toBe(2);
  expect(problem('BACKLOG_FULL', 'x', { retryAfterSeconds: 9 }).retryAfterSeconds).toBe(9);
});

test("a client's fault is explained, with the fix", () => {
  const fault = new FairleadError('WORKSPACE_NAME_INVALID', '"A b" is no name', { fix: 'Use a-z.' });
  expect(problemOf(fault)).toMatchObject({ status: 400, detail: '"A b" is no name', fix: 'Use a-z.' });
});

test('a fault of ours keeps its code, and its message stays in the house', () => {
  const fault = new FairleadError('REDIS_UNAVAILABLE', 'connect ECONNREFUSED 10.0.0.7:6379', {
    fix: 'REDIS_URL',
  });
  const document = problemOf(fault);
  expect(document).toMatchObject({ status: 503, code: 'REDIS_UNAVAILABLE' });
  expect(JSON.stringify(document)).not.toMatch(/10\.0\.0\.7|REDIS_URL/);
});

test('a problem that was written for the client is shown as it is', () => {
  const fault = new ProblemError('NOT_READY', 'Redis: no answer', {
    errors: [{ path: 'Redis', message: 'no answer' }],
  });
  expect(problemOf(fault)).toMatchObject({ detail: 'Redis: no answer', errors: [{ path: 'Redis' }] });
});

test.each([new TypeError('secret'), 'secret', undefined, { status: 500, message: 'secret' }])(
  'anything else thrown is an internal fault without its message',
  (thrown) => {
    const document = problemOf(thrown);
    expect(document).toMatchObject({ status: 500, code: 'INTERNAL' });
    expect(JSON.stringify(document)).not.toContain('secret');
  },
);
