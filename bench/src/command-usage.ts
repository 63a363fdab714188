import type { Redis } from 'ioredis';

/** What each command cost, per job; commands inside scripts count by themselves, and the script has what is left. */
export type CommandUsage = ReadonlyMap<string, { readonly calls: number; readonly microseconds: number }>;

const SCRIPTS = ['evalsha', 'eval', 'fcall'];

/** Reads `INFO commandstats` since the last `CONFIG RESETSTAT`. A script's own time is given without its commands'. */
export async function commandUsage(redis: Redis, jobs: number): Promise<CommandUsage> {
  return parseCommandStats(await redis.info('commandstats'), jobs);
}

/** The text of `INFO commandstats`, per job. */
export function parseCommandStats(text: string, jobs: number): CommandUsage {
  const usage = new Map<string, { calls: number; microseconds: number }>();
  let inScripts = 0;
  for (const [, command = '', calls, microseconds] of text.matchAll(
    /^cmdstat_([^:]+):calls=(\d+),usec=(\d+)/gm,
  )) {
    usage.set(command, { calls: Number(calls) / jobs, microseconds: Number(microseconds) / jobs });
    if (!SCRIPTS.includes(command) && !OUTSIDE.includes(command)) inScripts += Number(microseconds) / jobs;
  }
  for (const script of SCRIPTS) {
    const own = usage.get(script);
    if (own) {
      own.microseconds -= inScripts;
      break;
    }
  }
  return usage;
}

/** Sent by clients, and not by scripts. */
const OUTSIDE = [
  'info',
  'config|resetstat',
  'client|setname',
  'hello',
  'brpop',
  'blpop',
  'bzpopmin',
  'script|load',
];
