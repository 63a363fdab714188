/** The whole HTTP API of a controller, with its document and the page about it. */
import { authenticateBy, docsRoutes, documentRoutes, mountOperations } from '@fairlead/http';
import express, { type Router } from 'express';
import { controllerDocument } from './api/document.ts';
import type { ControllerApiParts } from './api-parts.ts';
import { capacityRoutes } from './routes/capacity.ts';
import { decisionRoutes } from './routes/decisions.ts';
import { drillRoutes } from './routes/drills.ts';
import { overrideRoutes } from './routes/overrides.ts';
import { policyRoutes } from './routes/policy.ts';
import { createDecisionReader } from './routes/read-decisions.ts';
import { rolloutRoutes } from './routes/rollouts.ts';
import { VERSION } from './version.ts';

export function createApiRouter(parts: ControllerApiParts): Router {
  const reader = createDecisionReader(parts.ledger.decisions);
  const routes = express.Router({ caseSensitive: true });
  mountOperations(
    routes,
    [
      ...capacityRoutes(parts, reader),
      ...decisionRoutes(parts, reader),
      ...policyRoutes(parts),
      ...overrideRoutes(parts, reader),
      ...rolloutRoutes(parts, reader),
      ...drillRoutes(parts),
    ],
    { authenticate: authenticateBy(parts.ledger.apiKeys) },
  );
  documentRoutes(routes, controllerDocument(VERSION));
  docsRoutes(routes);
  return routes;
}
