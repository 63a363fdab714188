import { createHttpRequest, type HandlerMap, parseSigningSecret } from '@fairlead/consumer';
import type { Config } from './config.ts';

export type BuiltInHandlers =
  | { readonly outcome: 'ready'; readonly handlers: HandlerMap }
  /** One line a variable that is wrong; no secret is repeated. */
  | { readonly outcome: 'failed'; readonly problems: readonly string[] };

type HttpConfig = Pick<Config, 'FAIRLEAD_HTTP_SIGNING_SECRET' | 'FAIRLEAD_HTTP_ALLOW'>;

/** The handlers that every replica has, whatever file of handlers it loads: `http.request`, signed with the configured secrets. */
export function builtInHandlers(config: HttpConfig): BuiltInHandlers {
  const secrets = entriesOf(config.FAIRLEAD_HTTP_SIGNING_SECRET ?? '');
  const problems = secrets.flatMap((secret) => {
    const parsed = parseSigningSecret(secret);
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
