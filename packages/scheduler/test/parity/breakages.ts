/**
 * Scripts that are wrong in one point each: the negative controls. A harness that misses one of them could
 * not be trusted with a script that somebody wrote anew.
 */
import type { Verb } from '../../src/scripts.ts';

export interface Breakage {
  /** What is wrong, in the words of a test name. */
  readonly what: string;
  readonly verb: Verb;
  readonly text: string | RegExp;
  readonly instead: string;
}

function breakage(what: string, verb: Verb, text: string | RegExp, instead: string): Breakage {
  return { what, verb, text, instead };
}

export const BREAKAGES: readonly Breakage[] = [
  breakage('a claim that does not count the start', 'claim', 'rcall("HINCRBY", jobKey, "ats", 1)', ''),
  breakage('a claim that locks for too long', 'claim', `"PX", opts['lockDuration']`, '"PX", 60000'),
  breakage('a claim without its event', 'claim', /rcall\("XADD".*"event", "active".*\)/, ''),
  breakage(
    'a claim that forgets who runs the job',
    'claim',
    `table.insert(optionalValues, opts['name'])`,
    `table.insert(optionalValues, '')`,
  ),
  breakage('a claim that takes the last priority first', 'claim', '"ZPOPMIN"', '"ZPOPMAX"'),
  breakage('a claim that leaves a due job its delay', 'claim', 'rcall("HSET", jobKey, "delay", 0)', ''),
  breakage('a claim that does not count for a rate limit', 'claim', 'rcall("INCR", rateLimiterKey)', '1'),
  breakage(
    'a claim beyond the global concurrency',
    'claim',
    'if activeCount >=',
    'if false and activeCount >=',
  ),
  breakage('a finish that does not count the attempt', 'finish', 'rcall("HINCRBY", jobIdKey, "atm", 1)', '1'),
  breakage('a finish that keeps jobs for ever', 'finish', "if age ~= ''", 'if false'),
  breakage('a finish that keeps the lock', 'finish', 'rcall("DEL", lockKey)', ''),
  breakage('a finish that does not tell the parent', 'finish', 'if parentId ~= "" then', 'if false then'),
  breakage('a finish under any token', 'finish', 'return -6', 'return 0'),
  breakage('a renewal that leaves the job suspect', 'renew', "redis.call('SREM', base .. 'stalled', id)", ''),
  breakage('a recovery that puts jobs at the end', 'recover', '"RPUSH")', '"LPUSH")'),
  breakage('a recovery that counts no stalls', 'recover', 'rcall("HINCRBY", jobKey, "stc", 1)', '1'),
];

/** The text of a verb's script with the breakage in it. Throws when the text is not there to be broken. */
export function broken(breakage: Breakage): (verb: Verb, script: string) => string {
  return (verb, script) => {
    if (verb !== breakage.verb) return script;
    const altered = script.replace(breakage.text, breakage.instead);
    if (altered === script) throw new Error(`${verb} has no text to break: ${breakage.text}`);
    return altered;
  };
}
