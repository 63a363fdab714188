/**
 * Addresses that no tenant's URL may lead to, by kind.
 *
 * IPv4 is refused by list: what the IANA special-purpose registry does not call globally reachable, and the one public
 * address that a cloud answers on from inside. IPv6 is refused unless it is global unicast (2000::/3), so that a range
 * that nobody thought of is refused as well; the kinds outside of it are listed for the sake of the message.
 *
 * Addresses that carry an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo) are refused whatever they carry: no
 * public service needs to be named so, and each translator on the way would be one more thing to get right.
 *
 * The families have lists of their own, since `BlockList` lets an IPv4 address match an IPv6 subnet: with ::ffff:0:0/96
 * in a common list it would refuse every IPv4 address.
 *
 * Source: https://www.iana.org/assignments/iana-ipv4-special-registry and …/iana-ipv6-special-registry
 */
import { BlockList, isIP } from 'node:net';

export const REFUSED_RANGES = {
  unspecified: ['0.0.0.0/8', '::/128'],
  loopback: ['127.0.0.0/8', '::1/128'],
  'link-local': ['169.254.0.0/16', 'fe80::/10'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fec0::/10'],
  'carrier-grade NAT': ['100.64.0.0/10'],
  multicast: ['224.0.0.0/4', 'ff00::/8'],
  reserved: [
    '192.0.0.0/24', // IETF protocol assignments
    '192.0.2.0/24', // documentation, like the next two
    '198.51.100.0/24',
    '203.0.113.0/24',
    '192.88.99.0/24', // 6to4 relays
    '198.18.0.0/15', // benchmarks
    '240.0.0.0/4', // future use and broadcast
    '100::/64', // discard
    '2001::/23', // IETF protocol assignments: Teredo, ORCHID, benchmarks
    '2001:db8::/32', // documentation, like the next
    '3fff::/20',
    '5f00::/16', // segment routing
  ],
  'IPv4-mapped': ['::ffff:0:0/96', '::ffff:0:0:0/96'],
  'IPv4-compatible': ['::/96'],
  NAT64: ['64:ff9b::/96', '64:ff9b:1::/48'],
  '6to4': ['2002::/16'],
  // Azure's host: metadata and more, on an address that looks public.
  'cloud platform': ['168.63.129.16/32'],
} as const satisfies Record<string, readonly string[]>;

export type RefusedKind = keyof typeof REFUSED_RANGES | 'unknown';

export interface AddressRules {
  /** Of what kind the address is, when it may not be connected to. What is not an address is `unknown`. */
  refusedKind(address: string): RefusedKind | undefined;
}

export function createAddressRules(): AddressRules {
  const kinds = Object.entries(REFUSED_RANGES).map(([kind, ranges]) => ({
    kind: kind as RefusedKind,
    ipv4: listOf(ranges, 4),
    ipv6: listOf(ranges, 6),
  }));
  const globalUnicast = listOf(['2000::/3'], 6);

  return {
    refusedKind(given) {
      // BlockList answers "no match" for what it cannot read, such as a zone: what is not surely good must be refused.
      const address = withoutZone(given);
      const version = isIP(address);
      if (version === 0) return 'unknown';
      const family = version === 4 ? 'ipv4' : 'ipv6';
      const found = kinds.find((rule) => rule[family].check(address, family));
      if (found) return found.kind;
      return version === 6 && !globalUnicast.check(address, family) ? 'reserved' : undefined;
    },
  };
}

/** `fe80::1%eth0` without the interface. */
export function withoutZone(address: string): string {
  const at = address.indexOf('%');
  return at < 0 ? address : address.slice(0, at);
}

function listOf(ranges: readonly string[], version: 4 | 6): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', prefix] = range.split('/');
    if (isIP(network) === version) list.addSubnet(network, Number(prefix), version === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}
