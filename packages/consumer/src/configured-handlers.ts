import { builtInHandlers, type HttpRequestSettings } from './built-in-handlers.ts';
import type { HandlerMap } from './handlers.ts';
import { type LoadedHandlers, loadHandlers } from './load-handlers.ts';

export interface HandlerSettings extends HttpRequestSettings {
  readonly FAIRLEAD_HANDLERS?: string | undefined;
}

export type ConfiguredHandlers =
  | { readonly outcome: 'ready'; readonly handlers: HandlerMap; readonly from: string }
  /** In the file of handlers, or in a setting; in words for whoever wrote it. */
  | {
      readonly outcome: 'failed';
      readonly fault: 'file' | 'settings';
      readonly problems: readonly string[];
    };

/** What a service runs: the handlers of its file, or those that it has without one, and the built-in ones. */
export async function configuredHandlers(
  settings: HandlerSettings,
  withoutFile: HandlerMap,
): Promise<ConfiguredHandlers> {
  const file = settings.FAIRLEAD_HANDLERS;
  const loaded: LoadedHandlers =
    file === undefined
      ? { outcome: 'loaded', handlers: withoutFile, from: 'built in' }
      : await loadHandlers(file);
  if (loaded.outcome === 'failed') return { outcome: 'failed', fault: 'file', problems: [loaded.reason] };
  const builtIn = builtInHandlers(settings);
  if (builtIn.outcome === 'failed')
    return { outcome: 'failed', fault: 'settings', problems: builtIn.problems };
  return { outcome: 'ready', handlers: { ...builtIn.handlers, ...loaded.handlers }, from: loaded.from };
}
