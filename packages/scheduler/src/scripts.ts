/**
 * Puts the Lua scripts together.
 *
 * Each verb is one file in `verbs/`. A line `--@include name` is replaced by `verbs/<name>.lua`; a line
 * `--@bullmq name` by BullMQ's own script text wrapped as a function, so that a claim can run it in a
 * loop. The results and keys are those of the native call; the parity tests hold that, and BullMQ is
 * pinned exactly.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { RedisHandle } from './connection.ts';

const require = createRequire(import.meta.url);

/** The verbs, each a file of the same name. */
const VERBS = [
  'add',
  'claim',
  'ready',
  'finish',
  'pass-on',
  'renew',
  'alone',
  'recover',
  'sweep',
  'configure',
  'counts',
  'served',
  'cancel',
  'beat',
  'quotas',
  'loads',
  'press',
  'pressure',
  'report',
  'read-reports',
  'replicas',
  'publish-capacity',
] as const;
export type Verb = (typeof VERBS)[number];

/**
 * A Redis at its memory limit refuses scripts that write, and with them the claims and finishes that would make
 * room: accepted work would never drain (so it is with stock workers). Ours may go over the limit by what a claim
 * needs; only adding may not.
 */
const SHEBANG = '#!lua flags=allow-oom';
const SHEBANG_OF_ADD = '#!lua';

function luaSource(name: string): string {
  return readFileSync(new URL(`./verbs/${name}.lua`, import.meta.url), 'utf8');
}

function bullmqFunction(name: string): string {
  const scripts = require('bullmq/dist/cjs/scripts') as Record<string, { content: string } | undefined>;
  const script = scripts[name];
  if (!script) throw new Error(`BullMQ has no script ${name}: the pinned version is not the one installed`);
  return `local function ${name}(KEYS, ARGV)\n${script.content}\nend`;
}

/**
 * The text of a verb's script.
 *
 * @param replace sources that stand in for includes of the same name; the model tests put a clock here
 */
export function composeScript(verb: Verb, replace: Readonly<Record<string, string>> = {}): string {
  const include = (text: string): string =>
    text.replaceAll(/^--@include ([\w-]+)$/gm, (_, name: string) =>
      include(replace[name] ?? luaSource(name)),
    );
  return `${verb === 'add' ? SHEBANG_OF_ADD : SHEBANG}\n${include(luaSource(verb))}`.replaceAll(
    /^--@bullmq (\w+)$/gm,
    (_, name: string) => bullmqFunction(name),
  );
}

/** The name under which a verb is defined on a connection. */
export function commandName(verb: Verb): string {
  return `fairlead_${verb}`;
}

/** What stands in for includes where nobody can see several shards at once. */
function inCluster(): Readonly<Record<string, string>> {
  return { wake: luaSource('wake-in-cluster'), recheck: luaSource('recheck-in-cluster') };
}

/** Defines every verb on a connection; each is sent by its SHA, and whole only when Redis does not know it. */
export function defineScripts(redis: RedisHandle, replace?: Readonly<Record<string, string>>): void {
  const sources = redis.isCluster ? { ...inCluster(), ...replace } : replace;
  for (const verb of VERBS) {
    redis.defineCommand(commandName(verb), { numberOfKeys: 1, lua: composeScript(verb, sources) });
  }
}

/** Calls a verb: the routing key first, then its arguments. */
export function callScript(
  redis: RedisHandle,
  verb: Verb,
  key: string,
  args: readonly (string | number)[],
): Promise<unknown> {
  const command = (redis as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>)[
    commandName(verb)
  ];
  if (!command) throw new Error(`script ${verb} is not defined on this connection`);
  return command.call(redis, key, ...args);
}
