import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

export const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

export const readJson = (path: string): unknown => JSON.parse(read(path));

export const SERVICES = ['dispatcher', 'consumer', 'controller', 'board'] as const;
export type Service = (typeof SERVICES)[number];

type ReadConfig = (
  env: Readonly<Record<string, string>>,
) => { outcome: 'valid'; config: Record<string, unknown> } | { outcome: 'invalid'; problems: string[] };

/**
 * What a service makes of an environment. No service's door offers its configuration, for nobody inside needs it: this
 * looks from outside, as whoever deploys it does.
 */
export async function configOf(service: Service): Promise<ReadConfig> {
  const file = join(ROOT, `services/${service}/src/config.ts`);
  return ((await import(pathToFileURL(file).href)) as { readConfig: ReadConfig }).readConfig;
}

/** The variables that a service knows. */
export function variablesOf(service: Service): Set<string> {
  const own = read(`services/${service}/src/config.ts`);
  const shared = read('packages/http/src/settings.ts');
  const names = own.match(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*\b/g) ?? [];
  const groups = [...own.matchAll(/\.\.\.(\w+Settings)/g)].map(([, name]) => name);
  const inherited = groups.flatMap((group) => {
    const [, body = ''] = new RegExp(`export const ${group} = \\{([\\s\\S]*?)\\n\\};`).exec(shared) ?? [];
    return body.match(/^ {2}([A-Z][A-Z0-9_]+)(?=:)/gm)?.map((name) => name.trim()) ?? [];
  });
  return new Set([...names, ...inherited]);
}
