export type { ClientOptions } from './calls.ts';
export { type Client, createClient } from './client.ts';
export { type ControllerClient, createControllerClient } from './controller.ts';
export {
  ApiProblem,
  NoAnswerError,
  type ProblemCode,
  type ProblemDocument,
  StrangeAnswerError,
} from './problem.ts';
export type { RetryOptions } from './retry.ts';
export type {
  CallOptions,
  Calls,
  ControllerCalls,
  ControllerInput,
  ControllerOperationId,
  ControllerOutput,
  ControllerSchemas,
  Input,
  ItemOf,
  OperationId,
  Output,
  PagedId,
  Schemas,
} from './types.ts';
