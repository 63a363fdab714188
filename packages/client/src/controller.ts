/** A client of a controller: a call for each operation of its API. */
import { type ClientOptions, openCalls } from './calls.ts';
import { TABLE } from './generated/controller/table.ts';
import type { ControllerCalls, EachOfController } from './types.ts';

export type ControllerClient = ControllerCalls & {
  /** All that a list has, page by page while it is read. */
  each: EachOfController;
};

/** Like `createClient`, of a controller: `url` is its address. */
export function createControllerClient(options: ClientOptions): ControllerClient {
  const { each, calls } = openCalls(TABLE, options);
  return { ...(calls as unknown as ControllerCalls), each: each as unknown as EachOfController };
}
