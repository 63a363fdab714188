export { type Client, type ClientOptions, createClient } from './client.ts';
export {
  ApiProblem,
  NoAnswerError,
  type ProblemCode,
  type ProblemDocument,
  StrangeAnswerError,
} from './problem.ts';
export type { RetryOptions } from './retry.ts';
export type { CallOptions, Calls, Input, ItemOf, OperationId, Output, PagedId, Schemas } from './types.ts';
