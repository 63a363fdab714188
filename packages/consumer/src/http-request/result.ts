import type { IncomingHttpHeaders } from 'node:http';
import type { Answer } from './exchange.ts';

/** The result of an `http.request` job. */
export interface HttpRequestResult {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed when it is JSON, else text; null when it is empty or not kept. */
  readonly body: unknown;
  /** Present when the body is not all that was answered. */
  readonly note?: string;
}

const KEPT_HEADERS = [
  'content-type',
  'date',
  'etag',
  'last-modified',
  'location',
  'retry-after',
  'x-request-id',
];
const MAX_HEADER_VALUE = 1_024;

/** What is kept of an answer. */
export function resultOf({ status, headers, body, cut }: Answer): HttpRequestResult {
  const kept = { status, headers: subsetOf(headers) };
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    return { ...kept, body: null, note: 'the body is not kept: it is encoded, which was not asked for' };
  }
  // `stream` leaves out a character that the cut went through.
  const text = new TextDecoder().decode(body, { stream: cut });
  if (cut) return { ...kept, body: text, note: `the body was cut after ${body.length} bytes` };
  return { ...kept, body: isJson(headers) ? parsedOr(text) : text === '' ? null : text };
}

function subsetOf(headers: IncomingHttpHeaders): Record<string, string> {
  const subset: Record<string, string> = {};
  for (const name of KEPT_HEADERS) {
    const value = headers[name];
    if (typeof value === 'string') subset[name] = value.slice(0, MAX_HEADER_VALUE);
  }
  return subset;
}

function isJson(headers: IncomingHttpHeaders): boolean {
  return /^application\/([^;\s]+\+)?json\s*(;|$)/i.test(headers['content-type'] ?? '');
}

/** The value, or the text when it is not JSON whatever its header says. */
function parsedOr(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
