import { type OpenApiDocument, openApiDocument } from '@fairlead/http';
import { operations } from './operations.ts';

const DESCRIPTION = `The controller of Fairlead: what it decides about capacity, quotas, backpressure and rollouts, why, and what operators
order over its head.

Any controller answers, whether it leads or not. Times are ISO 8601. What is wrong is said by a problem document
(RFC 9457) with a stable \`code\` and a \`fix\`. Every path answers 405 with \`Allow\` to methods that it has not.`;

/** The OpenAPI document of the controller, for the release `version`. */
export function controllerDocument(version: string): OpenApiDocument {
  return openApiDocument({
    title: 'Fairlead controller',
    version,
    description: DESCRIPTION,
    operations,
    tags: {
      Capacity: 'How many jobs may run at once in the whole cluster, and how many replicas that needs.',
      Decisions: 'What was decided and why. Each can be taken again.',
      Orders:
        'What operators order over the head of the controller. Each is in the audit, and most end by themselves.',
      Rollouts: 'A change on its way to all workspaces: 5 %, 25 %, all.',
      Drills: 'Exercises: signals that are injected for a while.',
    },
  });
}
