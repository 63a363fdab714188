import { type output, z } from 'zod';

const MAX_URL = 2_048;
const MAX_HEADERS = 32;
const MAX_HEADER_VALUE = 4_096;
const MAX_HEADERS_TOTAL = 16_384;
/** Ten minutes: longer work should answer 202 and call back. */
export const MAX_TIMEOUT_MS = 600_000;

/** Headers of the connection, or that we set: a job may not. */
const OWN_HEADERS = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'idempotency-key',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'webhook-id',
  'webhook-signature',
  'webhook-timestamp',
]);

const url = z.string().max(MAX_URL).superRefine(checkUrl);

const headerName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, 'is not a header name')
  .refine((name) => !OWN_HEADERS.has(name.toLowerCase()), 'is not for a job to set');

const headerValue = z
  .string()
  .max(MAX_HEADER_VALUE)
  // Printable ASCII: a line break would end the header and begin the next.
  .regex(/^[\x20-\x7e]*$/, 'must be printable ASCII');

const headers = z.record(headerName, headerValue).superRefine((given, context) => {
  const names = Object.keys(given);
  const length = Object.entries(given).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (names.length > MAX_HEADERS) context.addIssue(`has more than ${MAX_HEADERS} headers`);
  if (length > MAX_HEADERS_TOTAL) context.addIssue(`is longer than ${MAX_HEADERS_TOTAL} characters`);
  if (new Set(names.map((name) => name.toLowerCase())).size < names.length)
    context.addIssue('names a header twice');
});

const status = z.int().min(200).max(599);
const statusRange = z
  .string()
  .regex(/^[2-5]\d\d-[2-5]\d\d$/, 'must be a status range such as "200-299"')
  .refine((range) => range.slice(0, 3) <= range.slice(4), 'must begin with the lower status');

/** The payload of an `http.request` job. */
export const httpRequestInput = z
  .strictObject({
    url,
    method: z.enum(['POST', 'PUT', 'PATCH', 'DELETE', 'GET']).default('POST'),
    headers: headers.default({}),
    /** Any JSON; sent as JSON. Without it the body is empty. */
    body: z.unknown().optional(),
    /** For the whole exchange, from the name's resolution to the end of the answer. */
    timeoutMs: z.int().min(1).max(MAX_TIMEOUT_MS).optional(),
    /** Which statuses are a success. */
    expect: z
      .array(z.union([status, statusRange]))
      .min(1)
      .max(20)
      .default(['200-299']),
  })
  .refine(({ method, body }) => method !== 'GET' || body === undefined, {
    path: ['body'],
    message: 'a GET has no body',
  });

export type HttpRequestInput = output<typeof httpRequestInput>;

/** The messages do not repeat the URL: it may hold a token. */
function checkUrl(text: string, context: { addIssue(message: string): void }): void {
  if (!URL.canParse(text)) {
    context.addIssue('is not a URL');
    return;
  }
  const { protocol, username, password } = new URL(text);
  if (protocol !== 'http:' && protocol !== 'https:') context.addIssue('must begin with http:// or https://');
  if (username !== '' || password !== '') {
    context.addIssue('must not hold a user or password: use an Authorization header');
  }
}
