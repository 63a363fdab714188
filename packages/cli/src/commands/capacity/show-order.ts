import type { ControllerSchemas } from '@fairlead/client';
import type { Context } from '../../context.ts';
import { when } from '../../output/time.ts';

export type Order = ControllerSchemas['Order'];

/** `by key:1a2b in 59m: load test`; an order that ends when it is taken back has no end. */
export function orderedBy({ out, nowMs }: Context, { actor, reason, expiresAt }: Order): string {
  const until = expiresAt === null ? 'until it is taken back' : `ends ${when(out, expiresAt, nowMs())}`;
  return `by ${actor}, ${until}: ${reason}`;
}
