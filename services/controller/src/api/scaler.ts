import { defineOperation } from '@fairlead/http';
import { z } from 'zod';

/** What KEDA's `metrics-api` scaler reads, by `valueLocation`; see infra/keda. */
export const getScaler = defineOperation({
  id: 'getScaler',
  method: 'GET',
  path: '/v1/scaler',
  tag: 'Capacity',
  summary: 'The number of replicas to run, for a scaler',
  description: 'For the `metrics-api` trigger of KEDA, or anything else that starts and ends replicas.',
  access: { scope: 'read', tenants: 'no' },
  answers: {
    200: {
      description: 'What is wanted, and what is there.',
      schema: z
        .strictObject({
          desiredReplicas: z.int().min(1),
          runningReplicas: z.int().meta({ description: 'Alive and not draining' }),
          capacity: z.int().meta({ description: 'Jobs that may run at once' }),
          decision: z.string().meta({ description: 'Id of the decision that set it' }),
        })
        .meta({ id: 'Scaler' }),
    },
  },
  problems: ['NOT_DECIDED', 'REDIS_UNAVAILABLE', 'REDIS_REFUSED'],
});
