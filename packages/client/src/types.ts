/** The calls of the client, from the generated types: one for each operation of the document. */
import type { components, operations } from './generated/api.ts';

export type Schemas = components['schemas'];
export type OperationId = keyof operations;

export interface CallOptions {
  readonly signal?: AbortSignal;
}

type Parameters<Id extends OperationId> = operations[Id]['parameters'];
/** `unknown` adds nothing to an intersection. */
type Present<T> = [NonNullable<T>] extends [never] ? unknown : NonNullable<T>;

type Json<T> = T extends { content: { 'application/json': infer Body } } ? Body : never;
type Text<T> = T extends { content: { 'text/plain': string } } ? string : never;
type Body<Id extends OperationId> = operations[Id] extends { requestBody: infer B }
  ? { readonly body: Json<B> }
  : unknown;
type Key<Id extends OperationId> = 'Idempotency-Key' extends keyof Present<Parameters<Id>['header']>
  ? { readonly idempotencyKey?: string }
  : unknown;

/** What an operation is called with: its parameters of path and query by name, and its body. */
export type Input<Id extends OperationId> = Readonly<Present<Parameters<Id>['path']>> &
  Readonly<Present<Parameters<Id>['query']>> &
  Body<Id> &
  Key<Id> &
  CallOptions;

type Fine = 200 | 201 | 202 | 207;
type AnswerAt<R, Status> = Status extends keyof R ? Json<R[Status]> | Text<R[Status]> : never;
type NoContent<R> = 204 extends keyof R ? undefined : never;

/** What an operation answers when it did what it was asked for; undefined where that is nothing. */
export type Output<Id extends OperationId> =
  | AnswerAt<operations[Id]['responses'], Fine>
  | NoContent<operations[Id]['responses']>;

/** Nothing has to be said to an operation that requires nothing. */
type Arguments<I> = Record<never, never> extends I ? [input?: I] : [input: I];

export type Calls = {
  readonly [Id in OperationId]: (...args: Arguments<Input<Id>>) => Promise<Output<Id>>;
};

/** The operations that answer in pages. */
export type PagedId = {
  [Id in OperationId]: Output<Id> extends { nextCursor: unknown } ? Id : never;
}[OperationId];

/** What a page is a page of. */
export type ItemOf<Id extends PagedId> = {
  [Field in keyof Output<Id>]: Output<Id>[Field] extends readonly (infer Item)[] ? Item : never;
}[keyof Output<Id>];
