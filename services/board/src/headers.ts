/**
 * What the browser is told about the board's pages.
 *
 * Bull Board 9.10.1 needs no inline script: its configuration is a JSON data block, which no policy
 * applies to, and its scripts are files. Of inline styles it needs one, that of its Redis icon, which is
 * allowed by its hash. Those of its entry page, and a web font of another site, are taken out of the page
 * (`entry-page.ts`). A browser test listens for violations, so that an upgrade that needs more is noticed.
 */
import type { RequestHandler } from 'express';

const REDIS_ICON_STYLE = "'sha256-r2N1TB/gHbBtBZFKg7ejmq1acVSREzucTAEw6ga4hoU='";

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  `style-src 'self' ${REDIS_ICON_STYLE}`,
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Sets the security headers of every answer of the board, in place of those of an API. */
export function pageHeaders(): RequestHandler {
  return (req, res, next) => {
    res.setHeader('content-security-policy', POLICY);
    res.setHeader('x-frame-options', 'DENY');
    res.setHeader('x-content-type-options', 'nosniff');
    res.setHeader('referrer-policy', 'no-referrer');
    res.setHeader('x-robots-tag', 'noindex');
    // Asset names carry a hash, yet translations do not: let the browser ask each time and get 304.
    res.setHeader('cache-control', req.path.startsWith('/queues/static/') ? 'private, no-cache' : 'no-store');
    next();
  };
}
