import type { HandlerMap } from '@fairlead/consumer';
import type { Config } from '../config.ts';
import type { InlineOptions } from '../ledger/keeping.ts';

const MINUTE_MS = 60_000;

/** How windows run inline, as the settings have it; without handlers none does. */
export function inlineOptions(config: Config, handlers: HandlerMap | undefined): Partial<InlineOptions> {
  return {
    ...(handlers === undefined ? {} : { handlers }),
    concurrency: config.FAIRLEAD_DISPATCH_INLINE_CONCURRENCY,
    maxMs: config.FAIRLEAD_DISPATCH_INLINE_MAX_MS,
    isForced: config.FAIRLEAD_DISPATCH_MODE === 'inline',
    isFallback: config.FAIRLEAD_DISPATCH_FALLBACK === 'on',
    fallbackMaxMs: config.FAIRLEAD_DISPATCH_FALLBACK_MAX_MINUTES * MINUTE_MS,
  };
}
