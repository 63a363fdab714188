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
  breakage('a finish that keeps jobs for ever', 'finish', "if way.age ~= ''", 'if false'),
  breakage('a finish that keeps the lock', 'finish', 'rcall("DEL", lockKey)', ''),
  breakage('a finish that does not tell the parent', 'finish', 'if parentId ~= "" then', 'if false then'),
  breakage('a finish under any token', 'finish', 'return -6', 'return 0'),
  breakage('a renewal that leaves the job suspect', 'renew', "redis.call('SREM', base .. 'stalled', id)", ''),
  breakage('a recovery that puts jobs at the end', 'recover', '"RPUSH")', '"LPUSH")'),
  breakage('a recovery that counts no stalls', 'recover', 'rcall("HINCRBY", jobKey, "stc", 1)', '1'),
  breakage(
    'a plain claim that does not count the start',
    'claim',
    "shortAnswer(jobKey), '1'",
    "shortAnswer(jobKey), '0'",
  ),
  breakage(
    'a plain claim that does not count a further start',
    'claim',
    'tostring(tonumber(hash[i + 1]) + 1)',
    'hash[i + 1]',
  ),
  breakage('a plain claim that locks for too long', 'claim', "'PX', lockMs)", "'PX', 60000)"),
  breakage(
    'a plain claim without its event',
    'claim',
    /rcall\('XADD', eventsKey, '\*', 'event', 'active'.*\)/,
    '',
  ),
  breakage(
    'a plain claim that takes the newest first',
    'claim',
    "rcall('RPOPLPUSH', base .. 'wait', activeKey)",
    "rcall('LMOVE', base .. 'wait', activeKey, 'LEFT', 'LEFT')",
  ),
  breakage(
    'a plain claim that mixes up what is active',
    'claim',
    "rcall('LPUSH', activeKey, unpack(ids))",
    "rcall('RPUSH', activeKey, unpack(ids))",
  ),
  breakage(
    'a plain claim that mixes up what it answers',
    'claim',
    "'timestamp', 'delay', 'priority')",
    "'delay', 'timestamp', 'priority')",
  ),
  breakage(
    'a plain claim that leaves out what is special',
    'claim',
    "if rcall('HLEN', jobKey) ~= 6 then return end",
    '',
  ),
  breakage('a plain claim from a paused queue', 'claim', 'not (meta[1] or', 'not ('),
  breakage('a plain claim beyond the global concurrency', 'claim', 'or meta[2] or', 'or'),
  breakage('a plain claim that knows no rate limit', 'claim', 'or meta[3])', ')'),
  breakage('a plain claim that leaves due jobs delayed', 'claim', 'dueMs >= nowMs + 1', 'true'),
  breakage(
    'a plain claim that forgets the prioritized',
    'claim',
    "if rcall('ZCARD', base .. 'prioritized') == 0 then",
    'if true then',
  ),
  breakage('a plain claim that goes on counting arrivals', 'claim', "rcall('DEL', base .. 'pc')", ''),
  breakage('a plain finish under any token', 'finish', 'if holder ~= group.token then', 'if false then'),
  breakage(
    'a plain finish that keeps the lock',
    'finish',
    'completed[last + 1], completed[last + 2] = lockKey, jobKey',
    'completed[last + 1] = jobKey',
  ),
  breakage('a plain finish that does not tell the parent', 'finish', 'and not values[2]', ''),
  breakage('a plain finish that keeps deduplicating', 'finish', 'and not values[3]', ''),
  breakage('a plain finish before the children', 'finish', "rcall('EXISTS', unpack(others)) > 0", 'false'),
  breakage(
    'a plain finish that leaves the job suspect',
    'finish',
    "if queue.suspects then rcall('SREM', queue.stalled, id) end",
    '',
  ),
  breakage(
    'a plain finish without its event',
    'finish',
    "'event', 'completed', 'jobId', id,",
    "'event', 'done', 'jobId', id,",
  ),
  breakage('a plain finish that does not say drained', 'finish', "'event', 'drained')", "'event', 'dry')"),
  breakage('an add that puts new jobs first', 'add', "'RPUSH' or 'LPUSH'", "'LPUSH' or 'RPUSH'"),
  breakage('an add that overwrites what is there', 'add', "rcall('EXISTS', base .. id) == 1", 'false'),
  breakage(
    'an add without its first event',
    'add',
    "'event', 'added', 'jobId', id",
    "'event', 'put', 'jobId', id",
  ),
  breakage('an add that forgets to count', 'add', "rcall('INCRBY', base .. 'id', #plain)", ''),
  breakage('an add that ignores delays', 'add', "if ARGV[first + 6] ~= '0' then", 'if false then'),
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
