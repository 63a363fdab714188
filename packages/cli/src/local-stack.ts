/**
 * The cluster that `npm start` runs in this clone. Each running one has a file with its addresses and an admin's key in
 * its folder (infra/local/src/stack/access-file.ts writes it, for its owner's eyes only); the folders are named by when
 * they were started.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Environment } from './config.ts';

const STACKS = fileURLToPath(new URL('../../../.fairlead/stacks', import.meta.url));
const FILE = 'access.json';

/**
 * The environment with the settings of the local stack that was started last. Only when neither an address nor a key
 * is set: no key may be sent to an address that it was not meant for.
 */
export function withLocalStack(env: Environment, stacks = STACKS): Environment {
  const isSet = (name: string) => Boolean(env[name]?.trim() || env[`${name}_FILE`]?.trim());
  if (['FAIRLEAD_URL', 'FAIRLEAD_CONTROLLER_URL', 'FAIRLEAD_API_KEY'].some(isSet)) return env;
  const stack = lastStack(stacks);
  if (stack === undefined) return env;
  return {
    ...env,
    FAIRLEAD_URL: stack['url'],
    ...(stack['controllerUrl'] === undefined ? {} : { FAIRLEAD_CONTROLLER_URL: stack['controllerUrl'] }),
    FAIRLEAD_API_KEY: stack['apiKey'],
    ...(isSet('REDIS_URL') ? {} : { REDIS_URL: stack['redisUrl'] }),
    ...(isSet('DATABASE_URL') ? {} : { DATABASE_URL: stack['databaseUrl'] }),
  };
}

function lastStack(stacks: string): Environment | undefined {
  for (const name of namesIn(stacks).sort().reverse()) {
    try {
      return JSON.parse(readFileSync(join(stacks, name, FILE), 'utf8'));
    } catch {
      // It has ended, or is somebody else's.
    }
  }
  return undefined;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
