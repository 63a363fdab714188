import { BACKPRESSURE_REASONS } from '@fairlead/core';
import { z } from 'zod';

const reason = z.enum(BACKPRESSURE_REASONS);

/** A level, with what it is for. */
export const pressure = z
  .strictObject({
    scope: z.enum(['workspace', 'cluster']).meta({ description: 'Whose: its own, or everybody’s' }),
    level: z
      .enum(['soft', 'hard'])
      .meta({ description: '`soft`: producers are asked to slow down; `hard`: new jobs are refused' }),
    reason,
    waitingReason: reason.optional().meta({ description: 'Why the jobs that are there do not run' }),
    retryAfterMs: z.int().meta({ description: 'When to come with more, from now' }),
  })
  .meta({ id: 'Pressure', description: 'Backpressure, as the controller has decided it' });

export const pressureOfWorkspace = pressure
  .extend({ workspace: z.string() })
  .meta({ id: 'WorkspacePressure' });

/** The header that accepted jobs come with while there is a soft level. */
export const PRESSURE_HEADER = {
  'fairlead-pressure':
    'Producers are asked to slow down: `soft;reason=<reason>;retry-after-ms=<ms>`, a structured field (RFC 9651).',
} as const;
