import type { Request } from 'express';
import type { output, ZodType } from 'zod';
import { wholeBody } from './body.ts';
import { parseJson } from './json.ts';
import { ProblemError } from './problem.ts';
import { requireShape } from './shape.ts';

export const DEFAULT_BODY_LIMIT_BYTES = 1024 * 1024;

/**
 * A reader of JSON bodies of one shape.
 *
 * It rejects with a ProblemError: UNSUPPORTED_MEDIA_TYPE, BODY_TOO_LARGE, MALFORMED_JSON, or
 * INVALID_REQUEST with the list of what is wrong.
 */
export function parseBody<S extends ZodType>(
  schema: S,
  options: { readonly limitBytes?: number } = {},
): (req: Request<Record<string, string>>) => Promise<output<S>> {
  const rules = { types: ['application/json'], limitBytes: options.limitBytes ?? DEFAULT_BODY_LIMIT_BYTES };
  return async (req) => requireShape(schema, requireJson(await wholeBody(req, rules)));
}

/** The value of a JSON text. @throws ProblemError MALFORMED_JSON, INVALID_REQUEST */
export function requireJson(bytes: Uint8Array): unknown {
  if (bytes.length === 0) throw new ProblemError('MALFORMED_JSON', 'The body is empty.');
  const parsed = parseJson(bytes);
  if (parsed.outcome === 'malformed') throw new ProblemError('MALFORMED_JSON', parsed.detail);
  if (parsed.outcome === 'hazardous') throw new ProblemError('INVALID_REQUEST', parsed.detail);
  return parsed.value;
}
