/** The Express app that every service starts from: what is the same everywhere, around its own routes. */
import type { Tracer } from '@opentelemetry/api';
import express, { type Express, type Handler, type RequestHandler, type Router } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import { isDraining } from './draining.ts';
import { errorHandler, notFound } from './error-handler.ts';
import { healthz, readyz } from './health.ts';
import { methods } from './methods.ts';
import { ProblemError } from './problem.ts';
import { requestLog } from './request-log.ts';
import { type AnsweredRequest, timing } from './timing.ts';
import { tracing } from './tracing.ts';

export interface ServiceAppOptions {
  readonly logger: Logger;
  /** Resolves when the service can work; rejects with a fault that says what is down. */
  readonly readiness: () => Promise<void>;
  /** Answers a scrape. */
  readonly metrics: (req: Parameters<RequestHandler>[0], res: Parameters<RequestHandler>[1]) => void;
  readonly routes: Router;
  /** Told of every request when it was answered; its fields have few values, fit for metrics. */
  readonly onAnswered?: (request: AnsweredRequest) => void;
  /** Makes a span of every request; without one there are none. */
  readonly tracer?: Tracer | undefined;
}

/** `/healthz`, `/readyz`, `/metrics`, the routes, and a problem document for all that goes wrong. */
export function createServiceApp(options: ServiceAppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('case sensitive routing', true);
  app.use(requestLog(options.logger));
  if (options.onAnswered) app.use(timing(options.onAnswered));
  if (options.tracer) app.use(tracing(options.tracer));
  app.use(apiHeaders(), closeWhileDraining(app));

  methods(app, '/healthz', { GET: healthz });
  methods(app, '/readyz', { GET: readyz(app, options.readiness) });
  methods(app, '/metrics', { GET: (req, res) => options.metrics(req, res) });
  app.use(refuseWhileDraining(app), options.routes, notFound);
  app.use(errorHandler);
  return app;
}

/** Security headers of an API, whose answers are no pages; a service with pages sets its own after these. */
function apiHeaders(): RequestHandler {
  const harden = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
    },
  });
  return (req, res, next) => {
    res.setHeader('cache-control', 'no-store');
    harden(req, res, next);
  };
}

function closeWhileDraining(app: Express): Handler {
  return (_req, res, next) => {
    if (isDraining(app)) res.setHeader('connection', 'close');
    next();
  };
}

function refuseWhileDraining(app: Express): Handler {
  return (_req, _res, next) => {
    if (!isDraining(app)) return next();
    throw new ProblemError('SHUTTING_DOWN', 'The service finishes its last requests and takes no new ones.', {
      fix: 'Send the request again: another instance takes it, or this one when it is back.',
      retryAfterSeconds: 1,
    });
  };
}
