/**
 * Keeps web pages out while there are no credentials.
 *
 * Listening on loopback keeps other machines out, but not the pages in this machine's browser: one can
 * post a form to any address, and one whose name resolves to 127.0.0.1 may even read the answers. Such
 * requests carry a foreign `Origin`, or a `Host` that is no loopback name.
 */
import { ProblemError } from '@fairlead/http';
import type { RequestHandler } from 'express';
import { isLoopback } from './config.ts';

/** Refuses with FOREIGN_ORIGIN what does not come from a program of this machine. */
export const loopbackOnly: RequestHandler = (req, _res, next) => {
  const { host, origin } = req.headers;
  if (!isLoopback(hostName(`http://${host}`))) {
    throw new ProblemError('FOREIGN_ORIGIN', 'The Host header does not name this machine.', {
      fix: 'Use http://127.0.0.1 or http://localhost with the port.',
    });
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    throw new ProblemError('FOREIGN_ORIGIN', 'The request comes from a web page of another origin.', {
      fix: 'Call this service from a program on this machine.',
    });
  }
  next();
};

/** Of a URL, without brackets; '' when there is none. */
function hostName(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : '';
}
