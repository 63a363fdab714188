import { defineOperation } from '@fairlead/http';
import { z } from 'zod';

/** What KEDA's `metrics-api` scaler reads, by `valueLocation`; see infra/keda. */
export const getScaler = defineOperation({
  id: 'getScaler',
  method: 'GET',
  path: '/v1/scaler',
  tag: 'Capacity',
  summary: 'The number of replicas to run, for a scaler',
  description:
    'For the `metrics-api` trigger of KEDA, or anything else that starts and ends replicas. What reads it with an own ' +
    'tolerance, as the autoscaler of Kubernetes does, takes `replicas` with a target of 1 a replica.',
  access: { scope: 'read', tenants: 'no' },
  query: z.strictObject({
    toleranceBp: z.coerce.number().pipe(z.int().min(0).max(5_000)).default(1_000).meta({
      description: 'Tolerance of the reader for raises, basis points: Kubernetes has 10 % by default',
    }),
  }),
  answers: {
    200: {
      description: 'What is wanted, and what is there.',
      schema: z
        .strictObject({
          replicas: z.number().meta({
            description:
              'What to state so that the tolerance swallows no raise: `desiredReplicas`, or a little more',
          }),
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
