import { BlockList, isIP } from 'node:net';
import { withoutZone } from './address-rules.ts';

/** Where an operator lets `http.request` go although the guard would refuse it. */
export interface AllowList {
  /** Whether this name was allowed: then all that it resolves to is. */
  allowsHost(host: string, port: number): boolean;
  allowsAddress(address: string, port: number): boolean;
}

export type ParsedAllowList =
  | { readonly outcome: 'parsed'; readonly allowList: AllowList }
  /** One line an entry. */
  | { readonly outcome: 'invalid'; readonly problems: readonly string[] };

interface Entry {
  readonly matchesHost: (host: string) => boolean;
  readonly matchesAddress: (address: string) => boolean;
  readonly port: number | undefined;
}

const HOST = /^(\*\.)?[a-z0-9_]([a-z0-9_-]{0,62}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,62}[a-z0-9_])?)*$/;
const NEVER = () => false;

/**
 * Reads entries such as `10.1.0.0/16`, `127.0.0.1:8080`, `fd00::/8`, `[::1]:8080`, `worker.internal`, `*.svc.local:80`.
 * Without a port an entry is for all ports: on a machine with other servers, name the port.
 */
export function parseAllowList(entries: readonly string[]): ParsedAllowList {
  const parsed: Entry[] = [];
  const problems: string[] = [];
  for (const text of entries) {
    const entry = parseEntry(text.toLowerCase());
    if (entry) parsed.push(entry);
    else problems.push(`${JSON.stringify(text)} is not an address, a CIDR range or a host name`);
  }
  if (problems.length > 0) return { outcome: 'invalid', problems };
  const atPort = (entry: Entry, port: number) => entry.port === undefined || entry.port === port;
  return {
    outcome: 'parsed',
    allowList: {
      allowsHost: (host, port) =>
        parsed.some((entry) => atPort(entry, port) && entry.matchesHost(plainHost(host))),
      allowsAddress: (address, port) =>
        parsed.some((entry) => atPort(entry, port) && entry.matchesAddress(withoutZone(address))),
    },
  };
}

function parseEntry(text: string): Entry | undefined {
  const split = splitPort(text);
  if (!split) return undefined;
  const { target, port } = split;
  const [network = '', prefix, ...rest] = target.split('/');
  const version = isIP(network);
  if (version !== 0) {
    const bits = version === 4 ? 32 : 128;
    const length = prefix === undefined ? bits : Number(prefix);
    if (rest.length > 0 || !/^\d+$/.test(prefix ?? '0') || length > bits) return undefined;
    return { port, matchesHost: NEVER, matchesAddress: matcherOf(network, length, version as 4 | 6) };
  }
  if (!HOST.test(target)) return undefined;
  const suffix = target.startsWith('*.') ? target.slice(1) : undefined;
  const matchesHost = (host: string) => (suffix === undefined ? host === target : host.endsWith(suffix));
  return { port, matchesHost, matchesAddress: NEVER };
}

function splitPort(text: string): { target: string; port: number | undefined } | undefined {
  // More than one colon without brackets: an IPv6 address, which can have no port so.
  const match =
    /^\[(?<target>[^\]]+)\](?::(?<port>\d+))?$/.exec(text) ??
    /^(?<target>[^:]+)(?::(?<port>\d+))?$/.exec(text) ??
    /^(?<target>[0-9a-f:.]+:[0-9a-f:.]*(?:\/\d+)?)$/.exec(text);
  const target = match?.groups?.target;
  if (target === undefined) return undefined;
  const port = match?.groups?.port;
  if (port === undefined) return { target, port: undefined };
  return Number(port) >= 1 && Number(port) <= 65_535 ? { target, port: Number(port) } : undefined;
}

function matcherOf(network: string, length: number, version: 4 | 6): (address: string) => boolean {
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(network, length, family);
  // The families do not mix: see address-rules.ts.
  return (address) => isIP(address) === version && list.check(address, family);
}

/** `worker.internal.` is `worker.internal`. */
function plainHost(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}
