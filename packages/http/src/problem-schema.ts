import { FAULTS, type FaultCode } from '@fairlead/core';
import { z } from 'zod';
import type { ProblemDocument } from './problem.ts';

/** A problem document as a shape, for answers that hold one and for the OpenAPI document. */
export const problemDocument = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(Object.keys(FAULTS) as [FaultCode, ...FaultCode[]]),
  detail: z.string(),
  instance: z.string().optional(),
  fix: z.string().optional(),
  errors: z
    .array(z.strictObject({ path: z.string(), message: z.string() }))
    .readonly()
    .optional(),
  retryAfterSeconds: z.number().optional(),
}) satisfies z.ZodType<ProblemDocument>;
