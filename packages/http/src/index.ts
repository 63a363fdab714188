export { authenticateBy, type StoredKeys } from './authenticate-by.ts';
export { type Authenticate, mayEnter } from './authorize.ts';
export { createBackgroundLoop, type Loop, pause } from './background-loop.ts';
export { type BodyRules, bodyChunks, mediaType, wholeBody } from './body.ts';
export { docsRoutes } from './docs/routes.ts';
export { type ErrorFields, errorFields } from './error-fields.ts';
export { nextCursor, pageLimit, time } from './fields.ts';
export { type JsonResult, parseJson } from './json.ts';
export { createLogger, type Logger, logListening } from './logger.ts';
export { type Method, methods } from './methods.ts';
export { mountOperations, problemsOf } from './mount-operations.ts';
export { type OpenApiDocument, type OpenApiOptions, openApiDocument } from './openapi/document.ts';
export { documentRoutes } from './openapi/routes.ts';
export {
  type Access,
  type Answer,
  type AnyReply,
  type Body,
  defineOperation,
  type Handled,
  handle,
  type Operation,
  type OperationOf,
  type OperationRequest,
  type Principal,
  type Reply,
  SCOPES,
  type Scope,
} from './operation.ts';
export { parseBody, requireJson } from './parse-body.ts';
export {
  type FieldIssue,
  type ProblemDocument,
  ProblemError,
  type ProblemExtra,
  problem,
  problemError,
  problemOf,
  sendProblem,
} from './problem.ts';
export { problemDocument } from './problem-schema.ts';
export { createReadiness, type ReadinessChecks, type ReadinessOptions } from './readiness.ts';
export { type RunningServer, startServer } from './server.ts';
export { createServiceApp, type ServiceAppOptions } from './service-app.ts';
export {
  commonSettings,
  type Environment,
  fileOf,
  handlerSettings,
  ledgerSettings,
  parseSettings,
  type SettingsResult,
  schedulerSettings,
  tracingSettings,
  whole,
} from './settings.ts';
export { checkShape, requireShape, type ShapeResult, sentence } from './shape.ts';
export { onShutdown } from './shutdown.ts';
export type { AnsweredRequest } from './timing.ts';
