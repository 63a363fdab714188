/**
 * HTTP Basic authentication in front of everything that shows work.
 *
 * `/healthz` and `/readyz` are outside of it: a probe has no password, and learns only whether the board
 * works. `/metrics` names no tenant and is open to this machine; from elsewhere it takes the password.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { refuse } from './refusal.ts';
import { clientOf, createFailureThrottle, type FailureThrottle } from './throttle.ts';

export interface PasswordOptions {
  readonly user: string;
  readonly password: string;
  readonly throttle?: FailureThrottle;
  readonly nowMs: () => number;
}

/** Lets a request pass when it carries the user and password: else 401, or 429 after too many wrong ones. */
export function requirePassword(options: PasswordOptions): RequestHandler {
  const { throttle = createFailureThrottle(), nowMs } = options;
  // Digests have one length, so that the comparison takes the same time for every guess.
  const expected = digest(`${options.user}:${options.password}`);

  return (req, res, next) => {
    const client = clientOf(req.socket.remoteAddress);
    const blockedMs = throttle.blockedForMs(client, nowMs());
    if (blockedMs > 0) {
      const seconds = Math.ceil(blockedMs / 1_000);
      return refuse(res, {
        code: 'TOO_MANY_ATTEMPTS',
        detail: 'Too many wrong passwords came from this address.',
        fix: `Try again in ${seconds} s.`,
        retryAfterSeconds: seconds,
      });
    }
    const given = credentials(req.headers.authorization);
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return next();
    if (given !== undefined) throttle.failed(client, nowMs());
    res.setHeader('www-authenticate', 'Basic realm="Fairlead board", charset="UTF-8"');
    refuse(res, {
      code: 'UNAUTHENTICATED',
      detail: 'The board needs its user and password.',
      fix: 'They are in FAIRLEAD_BOARD_USER and FAIRLEAD_BOARD_PASSWORD of whoever started the board.',
    });
  };
}

/** Lets requests of this machine pass, and hands all others to `guard`. */
export function exceptThisMachine(guard: RequestHandler): RequestHandler {
  return (req, res, next) => (isLoopback(req.socket.remoteAddress) ? next() : guard(req, res, next));
}

/** `user:password` of a Basic header; undefined when there is none. */
function credentials(header: string | undefined): string | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/_=-]+) *$/i.exec(header ?? '')?.[1];
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Whether a peer's address is of this machine; IPv4 may come mapped into IPv6. */
export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(::ffff:)?127\.|^::1$/i.test(address);
}
