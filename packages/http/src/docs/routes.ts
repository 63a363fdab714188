/**
 * The page at `/docs`: Swagger UI over `/openapi.json`, all of it from here.
 *
 * It is open, as the document is; calls that are tried out carry the key that is pasted into the page.
 */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { Router } from 'express';
import { methods } from '../methods.ts';

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const OURS = ['page.css', 'page.js'];
const THEIRS = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

/** Serves the page and its files. */
export function docsRoutes(router: Router): void {
  const ours = import.meta.dirname;
  const theirs = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

  function file(path: string, root: string, name: string): void {
    methods(router, path, {
      GET: (_req, res) => {
        res.set({ 'content-security-policy': POLICY, 'cache-control': 'no-cache' });
        res.sendFile(name, { root, cacheControl: false });
      },
    });
  }
  file('/docs', ours, 'page.html');
  for (const name of OURS) file(`/docs/${name}`, ours, name);
  for (const name of THEIRS) file(`/docs/${name}`, theirs, name);
}
