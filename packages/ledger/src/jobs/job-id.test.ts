import { expect, test } from '@jest/globals';
import { isJobId, lockOrder, newJobId } from './job-id.ts';

test('ids are uuids of version 7 that carry their time and sort in the order of their making', () => {
  const ids = Array.from({ length: 20_000 }, () => newJobId());
  expect(new Set(ids).size).toBe(20_000);
  expect([...ids].sort()).toEqual(ids);
  for (const id of ids.slice(0, 100)) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
  const nowMs = Date.now() + 3_600_000;
  expect(Number.parseInt(newJobId(nowMs).replaceAll('-', '').slice(0, 12), 16)).toBe(nowMs);
});

test('ids sort in the order of their making also when the clock is set back', () => {
  const first = newJobId();
  expect(newJobId(5) > first).toBe(true);
});

test('only the form of our ids is asked for, each once, in one order', () => {
  const [a, b] = [newJobId(), newJobId()];
  expect(lockOrder([b, 'meta', a, b, '1', a.toUpperCase(), `${a}x`])).toEqual([a, b]);
  expect(isJobId(`${a}\n`)).toBe(false);
});
