import { FairleadError } from '@fairlead/core';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { errorFields } from './error-fields.ts';
import { ProblemError, problemOf, sendProblem } from './problem.ts';

/** Whatever no route took. */
export const notFound: RequestHandler = () => {
  throw new ProblemError('NOT_FOUND', 'There is nothing at this path.', { fix: 'Check the path.' });
};

/** Turns what was thrown into a problem document; what the client is not told goes into the request's log line. */
export const errorHandler: ErrorRequestHandler = (error, req, res, _next) => {
  // A client that hung up while it was sending: no fault of ours, and nobody is there to be told.
  if (!(error instanceof FairleadError) && req.destroyed && !req.complete) {
    res.destroy();
    return;
  }
  const document = problemOf(error);
  if (document.status >= 500 && !(error instanceof ProblemError)) {
    res.locals['err'] = errorFields(error, { stack: document.status !== 503 });
  }
  sendProblem(res, document);
};
