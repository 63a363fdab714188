import type { HandlerMap } from './handlers.ts';
import { createHttpRequest } from './http-request/handler.ts';
import { parseSecret } from './http-request/signature.ts';

export type BuiltInHandlers =
  | { readonly outcome: 'ready'; readonly handlers: HandlerMap }
  /** One line a variable that is wrong; no secret is repeated. */
  | { readonly outcome: 'failed'; readonly problems: readonly string[] };

export interface HttpRequestSettings {
  readonly FAIRLEAD_HTTP_SIGNING_SECRET?: string | undefined;
  readonly FAIRLEAD_HTTP_ALLOW?: string | undefined;
}

/** The handlers that are there whatever file of handlers is loaded: `http.request`, signed with the configured secrets. */
export function builtInHandlers(config: HttpRequestSettings): BuiltInHandlers {
  const secrets = entriesOf(config.FAIRLEAD_HTTP_SIGNING_SECRET ?? '');
  const problems = secrets.flatMap((secret) => {
    const parsed = parseSecret(secret);
    return parsed.outcome === 'parsed' ? [] : [`FAIRLEAD_HTTP_SIGNING_SECRET: ${parsed.reason}`];
  });
  try {
    const handler = createHttpRequest({
      secretsFor: () => secrets,
      allow: entriesOf(config.FAIRLEAD_HTTP_ALLOW ?? ''),
    });
    if (problems.length === 0) return { outcome: 'ready', handlers: { 'http.request': handler } };
  } catch (error) {
    problems.push(`FAIRLEAD_HTTP_ALLOW: ${(error as Error).message}`);
  }
  return { outcome: 'failed', problems };
}

function entriesOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((entry) => entry !== '');
}
