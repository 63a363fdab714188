import { BACKPRESSURE_REASONS, FAULTS, type FaultCode } from '@fairlead/core';
import { z } from 'zod';
import type { ProblemDocument } from './problem.ts';

/** A problem document as a shape, for answers that hold one and for the OpenAPI document. */
export const problemDocument = z
  .strictObject({
    type: z.string().meta({ description: '`urn:fairlead:problem:` and the code in lower case' }),
    title: z.string().meta({ description: 'What the code means' }),
    status: z.int().meta({ description: 'The HTTP status' }),
    code: z
      .enum(Object.keys(FAULTS) as [FaultCode, ...FaultCode[]])
      .meta({ description: 'Stable: match on it' }),
    reason: z
      .enum(BACKPRESSURE_REASONS)
      .meta({ description: 'Of backpressure: what it is for, as the decisions of the controller call it' })
      .optional(),
    detail: z.string().meta({ description: 'What is wrong with this request' }),
    waitingReason: z
      .enum(BACKPRESSURE_REASONS)
      .meta({ description: 'Of backpressure: why the jobs that are there do not run' })
      .optional(),
    instance: z
      .string()
      .meta({ description: '`urn:uuid:` and the id of the request, which the log has too' })
      .optional(),
    fix: z.string().meta({ description: 'What helps' }).optional(),
    errors: z
      .array(z.strictObject({ path: z.string(), message: z.string() }))
      .readonly()
      .meta({ description: 'The fields that are not valid; the path of the whole is empty' })
      .optional(),
    retryAfterSeconds: z.number().meta({ description: 'As Retry-After has it' }).optional(),
  })
  .meta({
    id: 'Problem',
    description: 'What is wrong, as RFC 9457 has it',
  }) satisfies z.ZodType<ProblemDocument>;
