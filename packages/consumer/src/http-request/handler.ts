/**
 * The built-in handler `http.request`: pushes a job to the user's own endpoint, so that any language can be a worker.
 *
 *     payload ─▶ sign ─▶ exchange (guarded connection) ─▶ judge ─▶ result
 *                              │                            ├────▶ RetryAfterError, Error: tried again
 *                              └─ refused, failed, late     └────▶ PermanentError: dead letter
 *
 * What it throws names the endpoint's origin and a status or an error code. Path, query, headers, bodies and secrets are in
 * no message: a job's last error is shown on pages and written to logs.
 */
import { formatTraceparent } from '@fairlead/core';
import { isSpanContextValid, type Span } from '@opentelemetry/api';
import type { Handler, HandlerJob } from '../handlers.ts';
import { PermanentError } from '../permanent-error.ts';
import { RetryAfterError } from '../retry-after-error.ts';
import { createAddressRules } from './address-rules.ts';
import { createAgents } from './agents.ts';
import { type Answer, exchange, type Question } from './exchange.ts';
import { AddressRefused, createGuard } from './guard.ts';
import { type HttpRequestInput, httpRequestInput, MAX_TIMEOUT_MS } from './input.ts';
import { type HttpRequestOptions, parseHttpRequestOptions } from './options.ts';
import { type HttpRequestResult, resultOf } from './result.ts';
import { parseSecret, signatureHeaders } from './signature.ts';
import { judge } from './verdict.ts';

/** The exchange's own timeout comes first and says more. */
const ATTEMPT_GRACE_MS = 5_000;

/** What can be a `webhook-id`. Ids that the dispatcher gives are uuids. */
const HEADER_SAFE_ID = /^[\x21-\x7e]{1,256}$/;

/**
 * Makes the handler. Its connections are shared by all its jobs; idle ones do not keep the process alive.
 *
 * @throws FairleadError CONFIG_INVALID when an entry of `allow` cannot be read
 */
export function createHttpRequest(given: HttpRequestOptions): Handler<typeof httpRequestInput> {
  const options = parseHttpRequestOptions(given);
  const guard = createGuard({ ...options, rules: createAddressRules() });
  const agents = createAgents(guard, options);

  async function keysOf(workspace: string): Promise<Buffer[]> {
    const secrets = await options.secretsFor(workspace);
    if (secrets.length === 0) {
      throw new Error(
        'http.request has no signing secret for this workspace: set FAIRLEAD_HTTP_SIGNING_SECRET of the consumers',
      );
    }
    return secrets.map((secret) => {
      const parsed = parseSecret(secret);
      if (parsed.outcome === 'invalid') throw new Error(parsed.reason);
      return parsed.key;
    });
  }

  async function questionOf(job: HandlerJob<HttpRequestInput>, span: Span): Promise<Question> {
    const { id, input, workspace } = job;
    if (!HEADER_SAFE_ID.test(id)) {
      throw new PermanentError('the job id cannot be sent as a header: use printable ASCII without spaces');
    }
    const keys = await keysOf(workspace);
    const body = input.body === undefined ? '' : JSON.stringify(input.body);
    const headers = {
      'user-agent': 'fairlead',
      ...traceHeader(span),
      ...(body === '' ? {} : { 'content-type': 'application/json' }),
      ...lowerCased(input.headers),
      // The result is kept as it comes: compression would only have to be undone, within bounds.
      'accept-encoding': 'identity',
      'content-length': String(Buffer.byteLength(body)),
      'idempotency-key': id,
      ...signatureHeaders(id, Math.floor(options.nowMs() / 1_000), body, keys),
    };
    return { url: new URL(input.url), method: input.method, headers, body };
  }

  async function ask(question: Question, timeoutMs: number, stop: AbortSignal): Promise<Answer> {
    const late = AbortSignal.timeout(timeoutMs);
    try {
      return await exchange(question, agents, AbortSignal.any([stop, late]));
    } catch (error) {
      if (stop.aborted) throw stop.reason;
      const to = `http.request to ${question.url.origin}`;
      if (late.aborted) throw new Error(`${to}: no complete answer within ${timeoutMs} ms`);
      if (error instanceof AddressRefused) {
        throw new PermanentError(
          `${to} was refused: ${error.message}. An operator can allow it with FAIRLEAD_HTTP_ALLOW`,
        );
      }
      throw new Error(`${to} failed: ${codeOf(error)}`);
    }
  }

  return {
    input: httpRequestInput,
    timeoutMs: MAX_TIMEOUT_MS + ATTEMPT_GRACE_MS,
    async run(job, ctx): Promise<HttpRequestResult> {
      const question = await questionOf(job, ctx.span);
      const answer = await ask(question, job.input.timeoutMs ?? options.timeoutMs, ctx.signal);
      const { maxRetryAfterMs } = options;
      const policy = { expect: job.input.expect, nowMs: options.nowMs(), maxRetryAfterMs };
      const verdict = judge(answer.status, answer.headers, policy);
      if (verdict.outcome === 'succeeded') return resultOf(answer);
      const message = `http.request: ${question.url.origin} ${verdict.reason}`;
      if (verdict.outcome === 'permanent') throw new PermanentError(message);
      if (verdict.afterMs === undefined) throw new Error(message);
      throw new RetryAfterError(message, verdict.afterMs);
    },
  };
}

/** So that the endpoint's own spans go on in the job's trace. */
function traceHeader(span: Span): Record<string, string> {
  const spanContext = span.spanContext();
  return isSpanContextValid(spanContext) ? { traceparent: formatTraceparent(spanContext) } : {};
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** ECONNREFUSED, CERT_HAS_EXPIRED, HPE_INVALID_CONSTANT, …: the code alone, since a message may quote the answer. */
function codeOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : String(name ?? 'unknown error');
}
