import { expect, test } from '@jest/globals';
import { clientOf, createFailureThrottle } from './throttle.ts';

const LIMITS = { burst: 3, refillMs: 1_000, maxClients: 4 };

test('a client may be wrong as often as the burst, then waits for the refill', () => {
  const throttle = createFailureThrottle(LIMITS);
  for (let i = 0; i < 3; i++) {
    expect(throttle.blockedForMs('a', 0)).toBe(0);
    throttle.failed('a', 0);
  }
  expect(throttle.blockedForMs('a', 0)).toBe(1_000);
  expect(throttle.blockedForMs('a', 999)).toBe(1);
  expect(throttle.blockedForMs('a', 1_000)).toBe(0);
  throttle.failed('a', 1_000);
  expect(throttle.blockedForMs('a', 1_000)).toBe(1_000);
});

test('one client’s failures do not block another', () => {
  const throttle = createFailureThrottle(LIMITS);
  for (let i = 0; i < 9; i++) throttle.failed('a', 0);
  expect(throttle.blockedForMs('b', 0)).toBe(0);
});

test('a client that stays away gets its whole burst back', () => {
  const throttle = createFailureThrottle(LIMITS);
  for (let i = 0; i < 3; i++) throttle.failed('a', 0);
  for (let i = 0; i < 3; i++) {
    expect(throttle.blockedForMs('a', 60_000)).toBe(0);
    throttle.failed('a', 60_000);
  }
  expect(throttle.blockedForMs('a', 60_000)).toBe(1_000);
});

test('remembers no more clients than its limit, the latest first', () => {
  const throttle = createFailureThrottle(LIMITS);
  for (const client of ['a', 'b', 'c', 'd', 'e']) {
    for (let i = 0; i < 3; i++) throttle.failed(client, 0);
  }
  expect(throttle.blockedForMs('a', 0)).toBe(0);
  for (const client of ['b', 'c', 'd', 'e']) expect(throttle.blockedForMs(client, 0)).toBe(1_000);
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:0:1::7', '2001:db8:0:1::/64'],
  ['2001:db8:0:1:ffff:ffff:ffff:ffff', '2001:db8:0:1::/64'],
  ['2001:0db8::7', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  [undefined, ''],
])('the client of %s is %s', (address, client) => {
  expect(clientOf(address)).toBe(client);
});
