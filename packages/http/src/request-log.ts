/**
 * One log line a request, without bodies, queries and headers: only what we chose ourselves is in it.
 * What succeeded (health checks and scrapes among it) is logged at `debug`, what was refused at `info`,
 * what had to wait for something that is down at `warn`, what failed at `error`.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { pinoHttp } from 'pino-http';
import { PROBES } from './request-facts.ts';

/** Gives every request an id (`X-Request-Id` in the answer) and logs its end. */
export function requestLog(logger: Logger): RequestHandler {
  const log = pinoHttp({
    logger,
    genReqId: (_req, res) => {
      const id = randomUUID();
      (res as Response).locals['requestId'] = id;
      res.setHeader('x-request-id', id);
      return id;
    },
    // `err` is made by errorFields already; pino's own serializer would take it for an error of type "Object".
    wrapSerializers: false,
    serializers: { err: (fields: unknown) => fields },
    quietReqLogger: true,
    quietResLogger: true,
    customAttributeKeys: { reqId: 'requestId', responseTime: 'durationMs' },
    customLogLevel: (req, res) => levelOf(req, res),
    customSuccessObject: (req, res, value) => fieldsOf(req, res, value),
    customErrorObject: (req, res, _error, value) => fieldsOf(req, res, value),
    customSuccessMessage: () => 'request',
    customErrorMessage: () => 'request',
  });
  return (req, res, next) => {
    log(req, res);
    next();
  };
}

function levelOf(req: IncomingMessage, res: ServerResponse): 'debug' | 'info' | 'warn' | 'error' {
  // Gone before the answer was complete: the client's doing.
  if (!res.writableEnded) return 'info';
  if (res.statusCode === 503) return PROBES.has(pathOf(req)) ? 'info' : 'warn';
  if (res.statusCode >= 500) return 'error';
  return res.statusCode >= 400 ? 'info' : 'debug';
}

function fieldsOf(req: IncomingMessage, res: ServerResponse, value: { durationMs?: number }): object {
  const { problemCode, err } = (res as Response).locals;
  return {
    method: req.method,
    path: pathOf(req),
    status: res.statusCode,
    durationMs: value.durationMs,
    ...(typeof problemCode === 'string' ? { code: problemCode } : {}),
    ...(err === undefined ? {} : { err }),
    ...(res.writableEnded ? {} : { aborted: true }),
  };
}

/** Longest path that is logged: names are checked only later. */
const MAX_PATH = 200;

function pathOf(req: IncomingMessage): string {
  const url = (req as { originalUrl?: string }).originalUrl ?? req.url ?? '';
  return (url.split('?', 1)[0] ?? '').slice(0, MAX_PATH);
}
