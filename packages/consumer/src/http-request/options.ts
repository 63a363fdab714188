import { lookup } from 'node:dns';
import { FairleadError } from '@fairlead/core';
import { type AllowList, parseAllowList } from './allow-list.ts';
import type { Resolve } from './guard.ts';

/** Everything but `secretsFor` has a default. */
export interface HttpRequestOptions {
  /**
   * The signing secrets of a workspace, each `whsec_<base64>`: every request is signed with all of them, so that one can be
   * exchanged for another. None fails the attempt.
   */
  readonly secretsFor: (workspace: string) => readonly string[] | Promise<readonly string[]>;
  /** Addresses, CIDR ranges and host names that the guard lets through; see `parseAllowList`. */
  readonly allow?: readonly string[];
  /** For an exchange, when the job does not say. Default 30,000. */
  readonly timeoutMs?: number;
  /** For the name, the connection and TLS. Default 5,000. */
  readonly connectTimeoutMs?: number;
  /** Default 16. */
  readonly maxSocketsPerOrigin?: number;
  /** Longest `Retry-After` that is honoured; a longer one is cut to it. Default one hour. */
  readonly maxRetryAfterMs?: number;
  /** How names are resolved. Default: as the operating system does. */
  readonly resolve?: Resolve;
  /** Wall-clock time, for signatures. */
  readonly nowMs?: () => number;
}

export interface ParsedHttpRequestOptions extends Required<Omit<HttpRequestOptions, 'allow'>> {
  readonly allowList: AllowList;
}

/** @throws FairleadError CONFIG_INVALID when an entry of `allow` cannot be read */
export function parseHttpRequestOptions(given: HttpRequestOptions): ParsedHttpRequestOptions {
  const { allow = [], ...rest } = given;
  const parsed = parseAllowList(allow);
  if (parsed.outcome === 'invalid') {
    throw new FairleadError(
      'CONFIG_INVALID',
      `The allow-list of http.request: ${parsed.problems.join('; ')}`,
    );
  }
  return {
    timeoutMs: 30_000,
    connectTimeoutMs: 5_000,
    maxSocketsPerOrigin: 16,
    maxRetryAfterMs: 3_600_000,
    resolve: (host, answer) => lookup(host, { all: true }, answer),
    nowMs: Date.now,
    ...rest,
    allowList: parsed.allowList,
  };
}
