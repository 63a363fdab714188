/**
 * A route as data. The router, authorization, the OpenAPI document and whatever is made from it all read the same
 * declaration, so that none of them can say something else than what is served.
 *
 * A declaration is a constant without dependencies; `handle` gives it a handler, and `mountOperations` serves it.
 * What does not go together does not type-check: parameters that are not in the path, a body of a GET, a tenant's
 * route that names no workspace, an answer with another status or shape than declared.
 */
import type { FaultCode } from '@fairlead/core';
import type { Request } from 'express';
import type { input, output, ZodObject, ZodType } from 'zod';
import type { Method } from './methods.ts';
import type { ProblemDocument } from './problem.ts';

/** What a key allows; `admin` includes the others. */
export const SCOPES = ['enqueue', 'read', 'operate', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who asks. */
export interface Principal {
  /** For the audit. */
  readonly actor: string;
  readonly scopes: ReadonlySet<Scope>;
  /** The only workspace that exists for it; undefined: all of them. */
  readonly workspace: string | undefined;
}

export type Access =
  /** An operator's route: 403 for a key that is bound to a workspace. */
  | { readonly scope: Scope; readonly tenants: 'no' }
  /** Such a key may, in its own `{workspace}`; any other answers `absent`, whether it exists or not. */
  | { readonly scope: Scope; readonly tenants: 'own'; readonly absent: ProblemDocument }
  /** The body names the workspaces: the handler refuses those that are not the key's own. */
  | { readonly scope: Scope; readonly tenants: 'items' };

export type Body = {
  readonly schema: ZodType;
  /** Default: 1 MiB. */
  readonly limitBytes?: number;
} & (
  | /** JSON, parsed before the handler is called. */
  { readonly readBy?: 'router'; readonly types?: never }
  /** `types` are its media types; default: application/json. */
  | { readonly readBy: 'handler'; readonly types?: readonly string[] }
);

export interface Answer {
  readonly description: string;
  /** What is sent, as it is sent; none: no body. From 400 on it is a problem document with members of its own. */
  readonly schema?: ZodType;
  /** Headers by name, with what they say. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The same, of headers that only some of these answers have. */
  readonly sometimes?: Readonly<Record<string, string>>;
}

/** Any operation, for those who read declarations. */
export interface Operation {
  /** In camel case, a verb first: `addJob`. */
  readonly id: string;
  readonly method: Method;
  /** An OpenAPI template: `/v1/workspaces/{workspace}/jobs/{id}`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  /** Of the path. */
  readonly params?: Readonly<Record<string, ZodType>>;
  readonly query?: ZodObject;
  /** By name in lower case. */
  readonly headers?: ZodObject;
  readonly body?: Body;
  /** By status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Besides those that every operation can give; see `problemsOf`. */
  readonly problems: readonly FaultCode[];
}

type ParamNames<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParamNames<Rest>
  : never;

type OperatorOnly = Extract<Access, { tenants: 'no' }>;
type OwnWorkspace<Path extends string> =
  'workspace' extends ParamNames<Path> ? Extract<Access, { tenants: 'own' }> : never;
type OwnItems<Path extends string> =
  'workspace' extends ParamNames<Path> ? never : Extract<Access, { tenants: 'items' }>;

/** What `defineOperation` takes. */
export type OperationOf<Path extends string> = Omit<
  Operation,
  'path' | 'params' | 'method' | 'body' | 'access'
> & {
  readonly path: Path;
} & ([ParamNames<Path>] extends [never]
    ? { readonly params?: never }
    : { readonly params: { readonly [Name in ParamNames<Path>]: ZodType<unknown, string> } }) &
  (
    | {
        readonly method: 'GET' | 'DELETE';
        readonly body?: never;
        readonly access: OperatorOnly | OwnWorkspace<Path>;
      }
    | {
        readonly method: 'POST' | 'PUT' | 'PATCH';
        readonly body?: Body;
        readonly access: OperatorOnly | OwnWorkspace<Path>;
      }
    | {
        readonly method: 'POST' | 'PUT' | 'PATCH';
        readonly body: Body;
        readonly access: OwnItems<Path>;
      }
  );

type OnlyOf<Path extends string, O> = O extends { readonly params: infer Params }
  ? [Exclude<keyof Params, ParamNames<Path>>] extends [never]
    ? unknown
    : { readonly params: 'has a name that is not in the path' }
  : unknown;

/** Declares a route. */
export function defineOperation<const Path extends string, const O extends OperationOf<Path>>(
  operation: O & { readonly path: Path } & OnlyOf<Path, O>,
): O {
  return operation;
}

type Parsed<S> = S extends ZodType ? output<S> : undefined;

/** What a handler gets: checked, parsed, and from somebody who may. */
export interface OperationRequest<O extends Operation> {
  readonly params: O extends { readonly params: infer P }
    ? { readonly [Name in keyof P]: Parsed<P[Name]> }
    : undefined;
  readonly query: O extends { readonly query: infer Q } ? Parsed<Q> : undefined;
  readonly headers: O extends { readonly headers: infer H } ? Parsed<H> : undefined;
  /** Undefined when the handler reads it itself, from `req`. */
  readonly body: O extends { readonly body: { readonly readBy: 'handler' } }
    ? undefined
    : O extends { readonly body: { readonly schema: infer B } }
      ? Parsed<B>
      : undefined;
  readonly principal: Principal;
  readonly req: Request;
}

/** One of the declared answers. */
export type Reply<O extends Operation> = {
  [Status in keyof O['answers']]: {
    readonly status: Status;
    readonly headers?: Readonly<Record<string, string>>;
  } & (O['answers'][Status] extends { readonly schema: infer S extends ZodType }
    ? { readonly body: input<S> }
    : { readonly body?: never });
}[keyof O['answers']];

/** An operation with its handler. */
export interface Handled {
  readonly operation: Operation;
  handle(request: OperationRequest<Operation>): Promise<AnyReply>;
  /** Told of every refusal and failure, also of those before the handler. */
  readonly onProblem?: OnProblem | undefined;
}

export type OnProblem = (code: FaultCode) => void;

export interface AnyReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/**
 * Gives a declared operation its handler, which returns the answer, or throws a fault. In two calls, so that the
 * second one knows which answers there are.
 */
export function handle<O extends Operation>(
  operation: O,
): { by(handler: (request: OperationRequest<O>) => Promise<Reply<O>>, onProblem?: OnProblem): Handled } {
  return {
    by: (handler, onProblem) => ({
      operation,
      handle: handler as unknown as Handled['handle'],
      onProblem,
    }),
  };
}
