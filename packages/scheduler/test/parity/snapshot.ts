/**
 * All that one side has in Redis, in a form that can be compared.
 *
 * One script reads every key of the side's database. Left out are `marker` (it wakes blocked stock workers,
 * and nobody blocks on these queues), the scheduler's own `~` keys, what a recovery notes in a job besides (it is taken
 * out), and the ids of event entries, which carry the server's time; the entries themselves are compared, each once. A
 * stream that is to have no entries (`opts.maxLenEvents` 0) is left out: stock scripts write it and cut it off, ours do not.
 *
 * What Redis counts down in real time would differ by the time that passed between two calls. So the script
 * rounds every time to live to the tick, and sets it back to that: in effect such keys stand still until an
 * operation says that time passes, which then takes whole ticks from all of them.
 */
import type { Redis } from 'ioredis';
import { TICK_MS } from './operations.ts';

/** A key: its name, its type, what it holds, and how long it has to live (-1 for ever). */
type Entry = readonly [key: string, type: string, content: unknown, ttlMs: number];

export interface Snapshot {
  /** The entries as JSON: equal texts are equal states; unequal ones may still be. */
  readonly text: string;
  /** Parsed when it is first asked for. */
  readonly entries: () => readonly Entry[];
}

const COMMAND = 'parity_snapshot';
// Answers JSON text: decoding thousands of short replies would take most of the test's time.
const SCRIPT = `
local tick, passedMs, lastEvent = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local call = redis.call

local function newEvents(key)
  local fields = {}
  for _, event in ipairs(call('XRANGE', key, '(' .. lastEvent, '+')) do
    lastEvent = event[1]
    fields[#fields + 1] = event[2]
  end
  return { call('XLEN', key), fields }
end

local read = {
  string = function(key) return call('GET', key) end,
  hash = function(key)
    call('HDEL', key, 'flDiedIn')
    return call('HGETALL', key)
  end,
  list = function(key) return call('LRANGE', key, 0, -1) end,
  set = function(key) return call('SMEMBERS', key) end,
  zset = function(key) return call('ZRANGE', key, 0, -1, 'WITHSCORES') end,
  stream = newEvents,
}

local function isUnwanted(key)
  if string.sub(key, -7) ~= ':events' then return false end
  return call('HGET', string.sub(key, 1, -7) .. 'meta', 'opts.maxLenEvents') == '0'
end

local keys = call('KEYS', '*')
table.sort(keys)
local entries = {}
for _, key in ipairs(keys) do
  local ttl = call('PTTL', key)
  if ttl >= 0 then
    ttl = math.floor((ttl + tick / 2) / tick) * tick - passedMs
    if ttl > 0 then call('PEXPIRE', key, ttl) else call('DEL', key) end
  end
  local alive = ttl > 0 or ttl == -1
  if alive and not string.find(key, '~', 1, true) and string.sub(key, -7) ~= ':marker' and not isUnwanted(key) then
    local kind = call('TYPE', key).ok
    entries[#entries + 1] = { key, kind, read[kind](key), ttl }
  end
end
return { cjson.encode(entries), lastEvent }`;

export interface SnapshotReader {
  /** Reads everything; `passedMs` (whole ticks) is first taken from every time to live. */
  read(passedMs: number): Promise<Snapshot>;
  /** Begins anew, for a flushed database. */
  reset(): void;
}

export const EMPTY: Snapshot = { text: '[]', entries: () => [] };

export function snapshotReader(redis: Redis): SnapshotReader {
  redis.defineCommand(COMMAND, { numberOfKeys: 0, lua: SCRIPT });
  const commands = redis as unknown as Record<
    string,
    (...args: (string | number)[]) => Promise<[string, string]>
  >;
  let lastEvent = '0';
  return {
    async read(passedMs) {
      const [text, last] = (await commands[COMMAND]?.(TICK_MS, passedMs, lastEvent)) ?? ['[]', '0'];
      lastEvent = last;
      let entries: Entry[] | undefined;
      return {
        text,
        entries() {
          // Lua has one kind of table: an empty list comes as an empty object.
          entries ??= text === '{}' ? [] : (JSON.parse(text) as Entry[]);
          return entries;
        },
      };
    },
    reset() {
      lastEvent = '0';
    },
  };
}

/** How the states differ, a line a key; empty when they do not. The order of hash fields, and of options, says nothing. */
export function differences(native: Snapshot, ours: Snapshot): string[] {
  if (native.text === ours.text) return [];
  const lines: string[] = [];
  const [nativeKeys, ourKeys] = [native, ours].map(
    (side) => new Map(side.entries().map((entry) => [entry[0], canonical(entry)])),
  ) as [Map<string, string>, Map<string, string>];
  for (const key of new Set([...nativeKeys.keys(), ...ourKeys.keys()])) {
    const [expected, found] = [nativeKeys.get(key) ?? 'absent', ourKeys.get(key) ?? 'absent'];
    if (expected !== found) lines.push(`${key}\n    native ${expected}\n    ours   ${found}`);
  }
  return lines;
}

function canonical([, type, content, ttlMs]: Entry): string {
  const ttl = ttlMs < 0 ? '' : ` for ${ttlMs} ms`;
  if (type !== 'hash') return `${type} ${JSON.stringify(content)}${ttl}`;
  const flat = content as string[];
  const fields = flat.flatMap((name, i) =>
    i % 2 === 0 ? [[name, name === 'opts' ? sorted(flat[i + 1]) : flat[i + 1]]] : [],
  );
  return `hash ${JSON.stringify(Object.fromEntries(fields.sort()))}${ttl}`;
}

/** The value of a JSON text, the fields of its objects in one order. */
export function sorted(json = '{}'): unknown {
  return JSON.parse(json, (_key, value) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort())
      : value,
  );
}

/** The members of one of the queue's lists or sorted sets. */
export function membersOf(snapshot: Snapshot, key: string): string[] {
  const entry = snapshot.entries().find(([name]) => name === key);
  if (!entry) return [];
  const content = entry[2] as string[];
  return entry[1] === 'zset' ? content.filter((_, i) => i % 2 === 0) : content;
}
