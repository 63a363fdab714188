import { expect, test } from '@jest/globals';
import { waitFor } from './wait-for.ts';

test('gives the first truthy answer', async () => {
  let asked = 0;
  const answer = await waitFor(() => (++asked === 3 ? 'yes' : undefined), {
    what: 'it is there',
    everyMs: 1,
  });
  expect([answer, asked]).toEqual(['yes', 3]);
});

test('an error counts as not yet', async () => {
  let asked = 0;
  const condition = () => {
    if (++asked < 3) throw new Error('too early');
    return asked;
  };
  expect(await waitFor(condition, { what: 'it works', everyMs: 1 })).toBe(3);
});

test('says what it waited for and the last error when the deadline has passed', async () => {
  const condition = () => {
    throw new Error('still broken');
  };
  await expect(waitFor(condition, { what: 'it works', deadlineMs: 5, everyMs: 1 })).rejects.toMatchObject({
    message: 'Waited 5 ms in vain until it works.',
    cause: { message: 'still broken' },
  });
});
