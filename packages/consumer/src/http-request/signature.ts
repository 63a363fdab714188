/**
 * The signature by which an endpoint knows that a request is ours: the scheme of Standard Webhooks, so that the verifiers
 * that exist for many languages work unchanged. Source: https://www.standardwebhooks.com, specification 1.0.
 */
import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';
const LEAST_BYTES = 24;
const MOST_BYTES = 64;

export type ParsedSecret =
  | { readonly outcome: 'parsed'; readonly key: Buffer }
  | { readonly outcome: 'invalid'; readonly reason: string };

/** Reads `whsec_<base64 of 24 to 64 bytes>`. The reason never holds any of it. */
export function parseSecret(text: string): ParsedSecret {
  const encoded = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : '';
  const key = Buffer.from(encoded, 'base64');
  const canonical = key.toString('base64').replace(/=+$/, '') === encoded.replace(/=+$/, '');
  if (canonical && key.length >= LEAST_BYTES && key.length <= MOST_BYTES) return { outcome: 'parsed', key };
  const reason =
    `a signing secret must be ${PREFIX} and the base64 of ${LEAST_BYTES} to ${MOST_BYTES} bytes; ` +
    'make one: echo "whsec_$(openssl rand -base64 32)"';
  return { outcome: 'invalid', reason };
}

/**
 * The three headers for one attempt: the id, the time and, separated by spaces, a signature with each key. A receiver accepts
 * when any fits, so that a secret is exchanged without an interruption.
 *
 * @param timestampSeconds Unix time; a receiver refuses what is too old
 */
export function signatureHeaders(
  id: string,
  timestampSeconds: number,
  body: string,
  keys: readonly Buffer[],
): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const content = `${id}.${timestampSeconds}.${body}`;
  const signatures = keys.map((key) => `v1,${createHmac('sha256', key).update(content).digest('base64')}`);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': signatures.join(' '),
  };
}
