/**
 * No packet leaves for a refused address. Where one can listen (all of 127.0.0.0/8, ::1, and what the kernel maps to
 * them), a listener says so; for all of them, the number of times that Node asked the kernel to connect does.
 */
import { createHook } from 'node:async_hooks';
import type { LookupAddress } from 'node:dns';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { REFUSED_RANGES } from '../../src/http-request/address-rules.ts';
import type { Resolve } from '../../src/http-request/guard.ts';
import { isPermanent } from '../../src/permanent-error.ts';
import { type Endpoint, endpoint, failure, requester } from './rig.ts';

let connects = 0;
const hook = createHook({
  init(_id, type) {
    if (type === 'TCPCONNECTWRAP') connects++;
  },
});

beforeAll(() => void hook.enable());
afterAll(() => void hook.disable());

/** Answers each question with the next answer, and the last one from then on. */
function resolving(...answers: string[][]): Resolve & { asked: string[] } {
  const asked: string[] = [];
  const resolve: Resolve = (host, answer) => {
    const addresses = answers[Math.min(asked.length, answers.length - 1)] ?? [];
    asked.push(host);
    process.nextTick(answer, null, addresses.map(entry));
  };
  return Object.assign(resolve, { asked });
}

function entry(address: string): LookupAddress {
  return { address, family: address.includes(':') ? 6 : 4 };
}

async function expectRefused(sending: Promise<unknown>, why: RegExp): Promise<void> {
  const before = connects;
  const error = await failure(sending);
  expect(error.message).toMatch(why);
  expect(error.message).toMatch(/ was refused: .* An operator can allow it with FAIRLEAD_HTTP_ALLOW$/);
  expect(isPermanent(error)).toBe(true);
  expect(connects - before).toBe(0);
}

const guarded = requester({ allow: [] });

describe('the guard', () => {
  test('would be seen to fail: an allowed connection is counted, by the hook and by the listener', async () => {
    const inside = await endpoint();
    const before = connects;
    await requester({ allow: ['127.0.0.1'] })({ url: inside.url });
    expect(connects - before).toBe(1);
    expect(inside.connections()).toBe(1);
  });

  const notations = [
    '127.0.0.1',
    'localhost',
    '2130706433',
    '0x7f000001',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '017700000001',
    '127.1',
    '127.0.1',
    '①②⑦.⓪.⓪.①',
    '%31%32%37.0.0.1',
    '127.0.0.1.',
    '0.0.0.0',
    '0',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[0:0:0:0:0:ffff:7f00:0001]',
  ];
  for (const host of notations) {
    test(`lets nothing through to a listener on 127.0.0.1 that is called ${host}`, async () => {
      const inside = await endpoint();
      await expectRefused(
        guarded({ url: `http://${host}:${inside.port}/` }),
        /no[t a]* public address \((loopback|unspecified|IPv4-mapped)\)\. An operator/,
      );
      expect(inside.connections()).toBe(0);
    });
  }

  for (const host of ['[::1]', '[0:0:0:0:0:0:0:1]', '[::]']) {
    test(`lets nothing through to a listener on ::1 that is called ${host}`, async () => {
      const inside = await endpoint(undefined, { host: '::1' }).catch(() => undefined);
      await expectRefused(guarded({ url: `http://${host}:${inside?.port ?? 9}/` }), /loopback|unspecified/);
      expect(inside?.connections() ?? 0).toBe(0);
    });
  }

  for (const [kind, ranges] of Object.entries(REFUSED_RANGES)) {
    for (const range of ranges) {
      const [network = ''] = range.split('/');
      const literal = network.includes(':') ? `[${network}]` : network;
      test(`refuses ${kind} addresses: ${range}, as a literal and as what a name resolves to`, async () => {
        await expectRefused(guarded({ url: `http://${literal}:8080/` }), / is not a public address \(/);
        const named = requester({ allow: [], resolve: resolving([network]) });
        await expectRefused(named({ url: 'http://worker.example/' }), /worker\.example resolves to/);
        await expectRefused(named({ url: 'https://worker.example/' }), /worker\.example resolves to/);
      });
    }
  }

  test('does not tell the address that a name resolves to', async () => {
    const named = requester({ allow: [], resolve: resolving(['10.20.30.40']) });
    const error = await failure(named({ url: 'http://redis.internal/' }));
    expect(error.message).not.toContain('10.20.30.40');
  });

  test('hands on only the good ones of several addresses', async () => {
    const [good, inside] = await twoOnOnePort();
    const resolve = resolving(['127.0.0.1', '::1', '127.0.0.2', '::ffff:127.0.0.1']);
    const named = requester({ allow: ['127.0.0.2'], resolve });
    await named({ url: `http://worker.example:${good.port}/` });
    expect([good.connections(), inside.connections()]).toEqual([1, 0]);
  });

  test('says that a name has no address', async () => {
    const error = await failure(requester({ resolve: resolving([]) })({ url: 'http://worker.example/' }));
    expect(error.message).toBe('http.request to http://worker.example failed: ENOTFOUND');
    expect(isPermanent(error)).toBe(false);
  });
});

describe('a name server that changes its answer', () => {
  test('gets nothing: what was checked is what is connected to', async () => {
    // 127.0.0.2 stands for a public address: it is allowed, and 127.0.0.1 is not.
    const [outside, inside] = await twoOnOnePort();
    const resolve = resolving(['127.0.0.2'], ['127.0.0.1']);
    const named = requester({ allow: ['127.0.0.2'], resolve });
    const url = `http://worker.example:${outside.port}/`;
    await named({ url, headers: { 'x-nth': '1' } });
    expect(resolve.asked).toEqual(['worker.example']);
    expect([outside.connections(), inside.connections()]).toEqual([1, 0]);

    const later = requester({ allow: ['127.0.0.2'], resolve });
    await expectRefused(later({ url }), /worker\.example resolves to no public address \(loopback\)/);
    expect(inside.connections()).toBe(0);
  });

  test('gets in where a check comes before the connection resolves again', async () => {
    const [outside, inside] = await twoOnOnePort();
    const resolve = resolving(['127.0.0.2'], ['127.0.0.1']);
    const ask = () =>
      new Promise<string>((done) => resolve('worker.example', (_, [first]) => done(first!.address)));
    expect(await ask()).toBe('127.0.0.2'); // "It is public: go ahead."
    const address = await ask();
    await new Promise<void>((done) => {
      const lookup = (_: unknown, __: unknown, answer: (error: null, address: LookupAddress[]) => void) =>
        answer(null, [entry(address)]);
      const asking = request({ host: 'worker.example', port: outside.port, lookup: lookup as never });
      asking.on('response', (response) => response.resume().on('end', done)).end();
    });
    expect([outside.connections(), inside.connections()]).toEqual([0, 1]);
  });
});

describe('the allow-list', () => {
  test('lets a range through at the port that it names, and at no other', async () => {
    const inside = await endpoint();
    const other = await endpoint();
    const send = requester({ allow: [`127.0.0.0/8:${inside.port}`] });
    expect((await send({ url: inside.url })).status).toBe(200);
    await expectRefused(send({ url: other.url }), /loopback/);
    expect(other.connections()).toBe(0);
  });

  test('lets a name through whatever it resolves to, and the address under no other name', async () => {
    const inside = await endpoint();
    const send = requester({ allow: ['worker.internal'], resolve: resolving(['127.0.0.1']) });
    expect((await send({ url: `http://worker.internal:${inside.port}` })).status).toBe(200);
    await expectRefused(send({ url: `http://other.internal:${inside.port}` }), /loopback/);
    await expectRefused(send({ url: inside.url }), /loopback/);
    expect(inside.connections()).toBe(1);
  });

  test('that cannot be read is a fault at the start', () => {
    expect(() => requester({ allow: ['10.0.0.0/8', '10.0.0.0/99'] })).toThrow(
      'The allow-list of http.request: "10.0.0.0/99" is not an address, a CIDR range or a host name',
    );
  });
});

/** Listeners on 127.0.0.2 and 127.0.0.1 with the same port. */
async function twoOnOnePort(): Promise<[Endpoint, Endpoint]> {
  for (let tries = 0; ; tries++) {
    const first = await endpoint(undefined, { host: '127.0.0.2' });
    try {
      return [first, await endpoint(undefined, { host: '127.0.0.1', port: first.port })];
    } catch (error) {
      if (tries === 5) throw error;
    }
  }
}
