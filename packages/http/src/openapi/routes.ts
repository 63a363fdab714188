import { createHash } from 'node:crypto';
import type { Router } from 'express';
import { methods } from '../methods.ts';
import type { OpenApiDocument } from './document.ts';

/** Serves the document at `/openapi.json`, to everybody; asked again with its ETag it is 304. */
export function documentRoutes(router: Router, document: OpenApiDocument): void {
  const text = JSON.stringify(document);
  const etag = `"${createHash('sha256').update(text).digest('base64url')}"`;
  methods(router, '/openapi.json', {
    GET: (req, res) => {
      res.set({ etag, 'cache-control': 'no-cache' });
      // Not `req.fresh`: fetch sends Cache-Control along with a condition, which would make it false.
      if (req.headers['if-none-match'] === etag) res.status(304).end();
      else res.type('application/json').send(text);
    },
  });
}
