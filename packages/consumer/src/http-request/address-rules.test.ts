import { describe, expect, test } from '@jest/globals';
import { createAddressRules, type RefusedKind } from './address-rules.ts';

const { refusedKind } = createAddressRules();

/** First and last of each range, or what stands for it. */
const REFUSED: Record<RefusedKind, readonly string[]> = {
  unspecified: ['0.0.0.0', '0.255.255.255', '::', '0:0:0:0:0:0:0:0'],
  loopback: ['127.0.0.1', '127.0.0.0', '127.255.255.255', '::1', '0:0:0:0:0:0:0:1'],
  'link-local': ['169.254.0.0', '169.254.169.254', 'fe80::1', 'fe80::1%eth0', 'febf:ffff::1'],
  private: [
    '10.0.0.0',
    '10.255.255.255',
    '172.16.0.0',
    '172.31.255.255',
    '192.168.0.0',
    '192.168.255.255',
    'fc00::',
    'fd00:ec2::254',
    'fdff:ffff::',
    'fec0::1',
  ],
  'carrier-grade NAT': ['100.64.0.0', '100.100.100.200', '100.127.255.255'],
  multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1', 'ff0e::1'],
  reserved: [
    '192.0.0.1',
    '192.0.2.1',
    '192.88.99.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.1',
    '203.0.113.1',
    '240.0.0.1',
    '255.255.255.255',
    '100::1',
    '2001::1',
    '2001:0:4136:e378:8000:63bf:3fff:fdd2',
    '2001:db8::1',
    '3fff::1',
    '5f00::1',
    '4000::1',
    'abcd::1',
  ],
  'IPv4-mapped': ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8', '::ffff:0:127.0.0.1'],
  'IPv4-compatible': ['::127.0.0.1', '::7f00:1', '::8.8.8.8'],
  NAT64: ['64:ff9b::127.0.0.1', '64:ff9b::a00:1', '64:ff9b:1::1'],
  '6to4': ['2002:7f00:1::', '2002:a9fe:a9fe::1'],
  'cloud platform': ['168.63.129.16'],
  unknown: ['', 'localhost', '127.1', '0x7f000001', '1.2.3.4.5', '1.2.3.4/8', ':::', '%eth0'],
};

for (const [kind, addresses] of Object.entries(REFUSED)) {
  describe(`what is ${kind}`, () => {
    for (const address of addresses) {
      test(`is refused: ${JSON.stringify(address)}`, () => {
        expect(refusedKind(address)).toBe(kind);
      });
    }
  });
}

describe('a public address', () => {
  const publicOnes = [
    '1.1.1.1',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
  ];
  publicOnes.push(
    '128.0.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '192.169.0.0',
    '223.255.255.255',
  );
  publicOnes.push('2606:4700:4700::1111', '2a00:1450:4001::1', '2001:4860:4860::8888', '2003::1', '2600::');
  for (const address of publicOnes) {
    test(`is not refused: ${address}`, () => {
      expect(refusedKind(address)).toBeUndefined();
    });
  }
});
