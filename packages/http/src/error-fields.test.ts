import { expect, test } from '@jest/globals';
import { errorFields } from './error-fields.ts';

test('what drivers hang on their errors does not get into the log', () => {
  const reply = Object.assign(new Error('OOM command not allowed'), {
    command: { args: ['canary'] },
    code: 'OOM',
  });
  const fields = errorFields(new Error('outer', { cause: reply }), { stack: true });
  expect(fields).toMatchObject({
    message: 'outer',
    cause: { message: 'OOM command not allowed', code: 'OOM' },
  });
  expect(fields.stack).toMatch(/^\s+at /);
  expect(JSON.stringify(fields)).not.toContain('canary');
});

test('a huge message is cut, in the stack too', () => {
  const fields = errorFields(new Error('x'.repeat(100_000)), { stack: true });
  expect(JSON.stringify(fields).length).toBeLessThan(5_000);
});

test('a cause that is its own cause ends', () => {
  const error = new Error('loop');
  error.cause = error;
  expect(JSON.stringify(errorFields(error, { stack: false })).length).toBeLessThan(1_000);
});

test('something that is no error is named as such', () => {
  expect(errorFields('canary', { stack: true })).toEqual({
    type: 'string',
    message: 'something that is no Error was thrown',
  });
});
