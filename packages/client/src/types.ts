/** The calls of the clients, from the generated types: one for each operation of a service's document. */

import type * as dispatcher from './generated/api.ts';
import type * as controller from './generated/controller/api.ts';

export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** `unknown` adds nothing to an intersection. */
type Present<T> = [NonNullable<T>] extends [never] ? unknown : NonNullable<T>;
type In<O, Place extends string> = O extends { parameters: infer P }
  ? Place extends keyof P
    ? Present<P[Place]>
    : unknown
  : unknown;

type Json<T> = T extends { content: { 'application/json': infer Body } } ? Body : never;
type Text<T> = T extends { content: { 'text/plain': string } } ? string : never;
type Body<O> = O extends { requestBody: infer B } ? { readonly body: Json<B> } : unknown;
type Key<O> = 'Idempotency-Key' extends keyof In<O, 'header'>
  ? { readonly idempotencyKey?: string }
  : unknown;

/** What an operation is called with: its parameters of path and query by name, and its body. */
type InputOf<O> = Readonly<In<O, 'path'>> & Readonly<In<O, 'query'>> & Body<O> & Key<O> & CallOptions;

type Fine = 200 | 201 | 202 | 207;
type AnswerAt<R, Status> = Status extends keyof R ? Json<R[Status]> | Text<R[Status]> : never;
type NoContent<R> = 204 extends keyof R ? undefined : never;

/** What an operation answers when it did what it was asked for; undefined where that is nothing. */
type OutputOf<O> = O extends { responses: infer R } ? AnswerAt<R, Fine> | NoContent<R> : never;

/** Nothing has to be said to an operation that requires nothing. */
type Arguments<I> = Record<never, never> extends I ? [input?: I] : [input: I];

type CallsOf<Operations> = {
  readonly [Id in keyof Operations]: (
    ...args: Arguments<InputOf<Operations[Id]>>
  ) => Promise<OutputOf<Operations[Id]>>;
};

/** The operations that answer in pages. */
type PagedOf<Operations> = {
  [Id in keyof Operations]: OutputOf<Operations[Id]> extends { nextCursor: unknown } ? Id : never;
}[keyof Operations];

/** What a page is a page of. */
type ItemIn<Page> = {
  [Field in keyof Page]: Page[Field] extends readonly (infer Item)[] ? Item : never;
}[keyof Page];

type Each<Operations> = <Id extends PagedOf<Operations>>(
  id: Id,
  input: InputOf<Operations[Id]>,
) => AsyncGenerator<ItemIn<OutputOf<Operations[Id]>>, void, undefined>;

/** Of the dispatcher. */
export type Schemas = dispatcher.components['schemas'];
export type OperationId = keyof dispatcher.operations;
export type Input<Id extends OperationId> = InputOf<dispatcher.operations[Id]>;
export type Output<Id extends OperationId> = OutputOf<dispatcher.operations[Id]>;
export type Calls = CallsOf<dispatcher.operations>;
export type PagedId = PagedOf<dispatcher.operations>;
export type ItemOf<Id extends PagedId> = ItemIn<Output<Id>>;
export type EachOfDispatcher = Each<dispatcher.operations>;

/** Of the controller. */
export type ControllerSchemas = controller.components['schemas'];
export type ControllerOperationId = keyof controller.operations;
export type ControllerInput<Id extends ControllerOperationId> = InputOf<controller.operations[Id]>;
export type ControllerOutput<Id extends ControllerOperationId> = OutputOf<controller.operations[Id]>;
export type ControllerCalls = CallsOf<controller.operations>;
export type EachOfController = Each<controller.operations>;
