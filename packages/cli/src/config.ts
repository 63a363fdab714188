/** The only reader of the environment's settings. An empty variable counts as not set. */
import { readFileSync } from 'node:fs';
import { EXIT } from './exit-codes.ts';
import { Failure, usage } from './failure.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What is asked over HTTP, and the setting that says where it is. */
export interface Service {
  readonly name: string;
  readonly setting: string;
}
export const DISPATCHER: Service = { name: 'dispatcher', setting: 'FAIRLEAD_URL' };
export const CONTROLLER: Service = { name: 'controller', setting: 'FAIRLEAD_CONTROLLER_URL' };

export interface Connection {
  /** Of the service, without a slash at the end. */
  readonly url: string;
  readonly apiKey: string;
}

const KEY_FIX =
  'Set FAIRLEAD_API_KEY, or FAIRLEAD_API_KEY_FILE to a file that holds it. An admin makes one with fairlead keys create.';

/** Where a service is, and the key for it. @throws Failure which variable is wrong, never its value */
export function readConnection(env: Environment, service = DISPATCHER): Connection {
  const url = readUrl(env, service);
  const apiKey = readApiKey(env);
  if (apiKey === undefined) throw new Failure(EXIT.forbidden, 'There is no API key.', { fix: KEY_FIX });
  return { url, apiKey };
}

export function readApiKey(env: Environment): string | undefined {
  const apiKey = readSetting(env, 'FAIRLEAD_API_KEY');
  if (apiKey === undefined || /^[\x21-\x7e]+$/.test(apiKey)) return apiKey;
  throw usage('FAIRLEAD_API_KEY is no key: there are blanks or strange characters in it.', KEY_FIX);
}

/** Undefined: not set. Of a setting X, the file that X_FILE names stands in for it. */
export function readSetting(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  const file = env[`${name}_FILE`]?.trim();
  if (!file) return value || undefined;
  if (value) throw usage(`${name} and ${name}_FILE are both set.`, 'Take one of them away.');
  return readSecret(name, file);
}

/** The path is not told: somebody may have put the secret itself there. */
function readSecret(name: string, file: string): string {
  const fix = `Let it name a readable file that holds nothing but the value of ${name}.`;
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw usage(`${name}_FILE cannot be read (${(error as NodeJS.ErrnoException).code}).`, fix);
  }
  if (text === '') throw usage(`${name}_FILE names an empty file.`, fix);
  return text;
}

/** @throws Failure when it is not set, or no address */
export function readUrl(env: Environment, { name, setting }: Service): string {
  const text = env[setting]?.trim();
  const fix =
    `Set it to the address of a ${name}, like http://127.0.0.1:3000. In a clone where npm start runs, and with no ` +
    'address and no key set either, that one is found.';
  if (!text) throw usage(`${setting} is not set.`, fix);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw usage(`${setting} is no http(s) URL.`, fix);
  if (url.username !== '' || url.password !== '') {
    throw usage(`${setting} has a user or a password in it.`, 'Take it away: the key is FAIRLEAD_API_KEY.');
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}
