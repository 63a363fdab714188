import { describe, expect, test } from '@jest/globals';
import { parseAllowList } from './allow-list.ts';

function allowing(...entries: string[]) {
  const parsed = parseAllowList(entries);
  if (parsed.outcome === 'invalid') throw new Error(parsed.problems.join());
  return parsed.allowList;
}

describe('the allow-list', () => {
  test('is empty unless something is in it', () => {
    expect(allowing().allowsAddress('127.0.0.1', 80)).toBe(false);
    expect(allowing().allowsHost('localhost', 80)).toBe(false);
  });

  test('takes addresses and ranges, of one port or of all', () => {
    const list = allowing(
      '127.0.0.1:8080',
      '10.1.0.0/16',
      '10.2.0.0/16:443',
      'fd00::/8',
      '[::1]:8080',
      '[fe80::/10]:1',
    );
    const cases: [string, number, boolean][] = [
      ['127.0.0.1', 8080, true],
      ['127.0.0.1', 6379, false],
      ['127.0.0.2', 8080, false],
      ['10.1.255.255', 1, true],
      ['10.2.0.1', 443, true],
      ['10.2.0.1', 80, false],
      ['fd12::1', 9, true],
      ['::1', 8080, true],
      ['::1', 80, false],
      ['fe80::1%eth0', 1, true],
      ['nonsense', 1, false],
    ];
    for (const [address, port, expected] of cases) {
      expect([address, port, list.allowsAddress(address, port)]).toEqual([address, port, expected]);
    }
  });

  test('keeps the families apart: all of IPv6 is none of IPv4, and a mapped address is not the one it maps', () => {
    expect(allowing('::/0').allowsAddress('127.0.0.1', 80)).toBe(false);
    expect(allowing('127.0.0.0/8').allowsAddress('::ffff:127.0.0.1', 80)).toBe(false);
  });

  test('takes names, exact or all below one, in any case and with the dot of the root', () => {
    const list = allowing('Worker.internal:8080', '*.svc.local');
    expect(list.allowsHost('worker.INTERNAL.', 8080)).toBe(true);
    expect(list.allowsHost('worker.internal', 80)).toBe(false);
    expect(list.allowsHost('a.worker.internal', 8080)).toBe(false);
    expect(list.allowsHost('a.b.svc.local', 1)).toBe(true);
    expect(list.allowsHost('svc.local', 1)).toBe(false);
    expect(list.allowsHost('evilsvc.local', 1)).toBe(false);
  });

  for (const entry of [
    '',
    '*',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '::1/129',
    'a b',
    'http://a',
    'a:0',
    'a:65536',
    '-a',
    '10.0.0.0/x',
    '[::1',
  ]) {
    test(`does not take ${JSON.stringify(entry)}`, () => {
      expect(parseAllowList([entry])).toEqual({
        outcome: 'invalid',
        problems: [`${JSON.stringify(entry)} is not an address, a CIDR range or a host name`],
      });
    });
  }
});
