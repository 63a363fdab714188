/**
 * How many wrong passwords one client may try: a token bucket per client, `burst` guesses at once and one
 * more every `refillMs`. A full bucket is forgotten, so that the map holds only clients that failed lately,
 * and it never holds more than `maxClients`.
 *
 * While a client is blocked its password is not even compared: a right guess must not be told from a wrong one.
 */
export interface FailureThrottle {
  /** Milliseconds until `client` may try again; 0 = now. */
  blockedForMs(client: string, nowMs: number): number;
  /** Counts a wrong password. */
  failed(client: string, nowMs: number): void;
}

export interface ThrottleLimits {
  readonly burst: number;
  readonly refillMs: number;
  readonly maxClients: number;
}

export const DEFAULT_THROTTLE: ThrottleLimits = { burst: 10, refillMs: 6_000, maxClients: 10_000 };

export function createFailureThrottle(limits: ThrottleLimits = DEFAULT_THROTTLE): FailureThrottle {
  // When the client's bucket will be full again. A guess costs refillMs, and nobody may be further than
  // burst × refillMs ahead of now: one number a client is the whole bucket.
  const fullAt = new Map<string, number>();
  const capacityMs = limits.burst * limits.refillMs;

  function makeRoom(nowMs: number): void {
    if (fullAt.size < limits.maxClients) return;
    for (const [client, at] of fullAt) if (at <= nowMs) fullAt.delete(client);
    for (const client of fullAt.keys()) {
      if (fullAt.size < limits.maxClients) return;
      fullAt.delete(client);
    }
  }

  return {
    blockedForMs(client, nowMs) {
      const at = fullAt.get(client) ?? 0;
      return Math.max(0, at + limits.refillMs - (nowMs + capacityMs));
    },
    failed(client, nowMs) {
      const at = Math.max(nowMs, fullAt.get(client) ?? 0) + limits.refillMs;
      fullAt.delete(client);
      makeRoom(nowMs);
      fullAt.set(client, at);
    },
  };
}

/** What counts as one client: an IPv4 address, or the /64 network of an IPv6 address, which one host owns. */
export function clientOf(address: string | undefined): string {
  const plain = (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => '0');
  const groups = [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16).toString(16));
  return `${groups.slice(0, 4).join(':')}::/64`;
}
