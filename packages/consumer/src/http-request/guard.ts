/**
 * Keeps `http.request` away from what only we can reach: metadata services, Redis, other people's admin pages.
 *
 *     URL ──▶ agent: connect ──▶ literal address? ──▶ checked
 *                         └────▶ name: resolve ─────▶ each answer checked, the good ones handed to connect
 *
 * The check sits between resolving and connecting, on the very addresses that are then connected to. A check of the URL
 * beforehand would resolve a name that is resolved again for the connection, and a name server that answers the
 * two questions differently (DNS rebinding) walks through. A literal in any notation (decimal, octal, hex, short) is
 * made canonical by `new URL`, and judged here like any other address.
 *
 * A name with good and refused answers is connected to the good ones only: behind DNS64 every name has a NAT64
 * answer besides its own, and what is refused is never handed on.
 */
import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { AddressRules } from './address-rules.ts';
import type { AllowList } from './allow-list.ts';

/** Resolves a name to all its addresses. */
export type Resolve = (
  host: string,
  answer: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** The connection was refused before a packet left. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

export interface Guard {
  /** Why `host`, when it is a literal address, may not be connected to. */
  literalRefusal(host: string, port: number): AddressRefused | undefined;
  /** The `lookup` of a connection to `port`: it answers with good addresses only, or fails with AddressRefused. */
  lookupFor(port: number): LookupFunction;
}

export function createGuard(parts: {
  readonly rules: AddressRules;
  readonly allowList: AllowList;
  readonly resolve: Resolve;
}): Guard {
  const { rules, allowList, resolve } = parts;

  function refusedKind(address: string, port: number) {
    return allowList.allowsAddress(address, port) ? undefined : rules.refusedKind(address);
  }

  return {
    literalRefusal(host, port) {
      if (isIP(host) === 0) return undefined;
      const kind = refusedKind(host, port);
      return kind && new AddressRefused(`${host} is not a public address (${kind})`);
    },

    lookupFor(port) {
      return (host, options, callback) => {
        resolve(host, (error, answers) => {
          if (error) return callback(error, []);
          const family = familyOf(options.family);
          const wanted = answers.filter((answer) => family === 0 || answer.family === family);
          const good = allowList.allowsHost(host, port)
            ? wanted
            : wanted.filter(({ address }) => refusedKind(address, port) === undefined);
          const [first] = good;
          if (!first) {
            const [refused] = wanted;
            if (!refused) return callback(notFound(host), []);
            // The address is not told: a tenant's job must not become a way to read our DNS.
            const kind = refusedKind(refused.address, port);
            return callback(new AddressRefused(`${host} resolves to no public address (${kind})`), []);
          }
          if (options.all) callback(null, good);
          else callback(null, first.address, first.family);
        });
      };
    },
  };
}

function familyOf(family: number | 'IPv4' | 'IPv6' | undefined): number {
  if (family === 'IPv4') return 4;
  return family === 'IPv6' ? 6 : (family ?? 0);
}

function notFound(host: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`no address for ${host}`), { code: 'ENOTFOUND' });
}
