import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { RequestHandler } from 'express';
import { methodOf, PROBES, routeOf, statusOf } from './request-facts.ts';

/**
 * Gives each request a span, as OpenTelemetry's HTTP conventions have it: the caller's trace goes on when there is one
 * (`traceparent`), and what is done for the request is done in the span's context. Neither query, headers nor bodies are
 * in it. Probes have none.
 */
export function tracing(tracer: Tracer): RequestHandler {
  return (req, res, next) => {
    if (PROBES.has(req.path)) return next();
    const method = methodOf(req);
    const caller = propagation.extract(ROOT_CONTEXT, req.headers);
    const attributes = {
      'http.request.method': method,
      'url.scheme': req.protocol,
      'url.path': req.path.slice(0, MAX_PATH),
    };
    const span = tracer.startSpan(method, { kind: SpanKind.SERVER, attributes }, caller);
    res.once('close', () => {
      const [route, status] = [routeOf(req), statusOf(res)];
      // What matched no route is named by its method alone: paths are without number.
      if (route !== 'unmatched') span.updateName(`${method} ${route}`).setAttribute('http.route', route);
      span.setAttribute('http.response.status_code', status);
      const code: unknown = res.locals['problemCode'];
      if (typeof code === 'string') span.setAttribute('fairlead.problem.code', code);
      if (status >= 500) {
        span.setAttribute('error.type', String(status)).setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end();
    });
    context.with(trace.setSpan(caller, span), next);
  };
}

/** Names are checked only later. */
const MAX_PATH = 200;
