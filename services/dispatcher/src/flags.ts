/** The switches that operators turn while dispatchers run, and what each may be set to. */
import { ProblemError } from '@fairlead/http';
import type { Flags } from '@fairlead/ledger';
import { z } from 'zod';

export interface DispatcherFlags extends Readonly<Record<string, boolean | number | string>> {
  /** No schedule of the cluster fires. */
  readonly 'schedules-paused': boolean;
  /** Percent of the maxmemory of Redis above which new work is refused. */
  readonly 'redis-full-percent': number;
  /** `inline`: the jobs of dispatch windows run in the dispatcher. The way back when the queue is not to be trusted. */
  readonly 'dispatch-mode': string;
  /** Windows that cannot be enqueued run inline. Always ends by itself. */
  readonly 'dispatch-fallback': boolean;
}

export const FLAG_VALUES: { readonly [name: string]: z.ZodType<boolean | number | string> } = {
  'schedules-paused': z.boolean(),
  'redis-full-percent': z.int().min(10).max(95),
  'dispatch-mode': z.enum(['queue', 'inline']),
  'dispatch-fallback': z.boolean(),
};

export type DispatcherSwitches = Flags<DispatcherFlags>;

export interface FlagRules {
  /** Whether this dispatcher has handlers. */
  readonly canRunInline: boolean;
  /** The fallback is on for no longer. */
  readonly fallbackMaxMs: number;
}

/**
 * Until when a value may hold, given for how long it was asked for.
 *
 * @throws ProblemError NO_HANDLERS, INVALID_REQUEST
 */
export function expiryOf(
  rules: FlagRules,
  name: string,
  value: boolean | number | string,
  expiresInMs: number | undefined,
): number | undefined {
  const isFallback = name === 'dispatch-fallback' && value === true;
  const isInline = name === 'dispatch-mode' && value === 'inline';
  if ((isFallback || isInline) && !rules.canRunInline) {
    throw new ProblemError('NO_HANDLERS', 'This dispatcher has no handlers, so it can run nothing inline.', {
      fix: 'Start all dispatchers with FAIRLEAD_HANDLERS, the file that the consumers load, and set the flag again.',
    });
  }
  if (!isFallback) return expiresInMs;
  if (expiresInMs !== undefined && expiresInMs > rules.fallbackMaxMs) {
    throw new ProblemError(
      'INVALID_REQUEST',
      `The fallback is on for ${rules.fallbackMaxMs / 1_000} s at most (FAIRLEAD_DISPATCH_FALLBACK_MAX_MINUTES).`,
      { fix: 'Give a smaller expiresInSeconds, or none for all of that time.' },
    );
  }
  return expiresInMs ?? rules.fallbackMaxMs;
}
