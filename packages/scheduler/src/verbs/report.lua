--[[
  Report: take in what a replica or a dispatcher has counted, note that it
  lives, and tell the capacity and who shares it.

  A report that was taken before (its sender got no answer) is not taken twice.

  KEYS[1]   the shard's ring (routes the call)
  ARGV[1]   shard key prefix
  ARGV[2]   reporter
  ARGV[3]   id of the report, without spaces
  ARGV[4]   'c' consumer, 'd' dispatcher
  ARGV[5]   slots
  ARGV[6]   attempts that run
  ARGV[7]   1 when it is draining
  ARGV[8..] the report, in one or more parts; nobody here looks into them

  Result    { capacity, or -1 when none holds; live consumers, five fields each }

  Cost      one entry a part; O(reporters)
]]
--@include now
--@include reporters

-- How long a capacity holds that nobody repeats.
local CAPACITY_MS = 300000
-- Reports of 20 busy replicas for a quarter of an hour. In bytes, since a busy cluster's are a hundred times as long
-- as a quiet one's, and memory is what they must not take.
local MAX_ENTRIES, MAX_BYTES = 20000, 67108864
-- Of so many entries their mean length is known.
local MEAN_OVER = 64

local nowMs = math.floor(serverTimeUs() / 1000)
local reporter, id = ARGV[2], ARGV[3]

local function append(parts)
  local streamKey, logKey = ARGV[1] .. '~reports', ARGV[1] .. '~report-log'
  local log = redis.call('HMGET', logKey, 'number', 'mean', 'name')
  local number, mean = tonumber(log[1] or '0'), tonumber(log[2] or '0')
  local oldest = string.format('%.0f', nowMs - REPORTS_KEPT_MS)
  for _, part in ipairs(parts) do
    number = number + 1
    mean = mean + (#part - mean) / math.min(number, MEAN_OVER)
    redis.call('XADD', streamKey, 'MINID', '~', oldest, '*', 'n', string.format('%.0f', number), 'r', part)
  end
  -- After a loss of the data it is another stream, whose ids may be less than those that a reader has seen.
  local name = log[3] or string.format('%.0f', serverTimeUs())
  redis.call('HSET', logKey, 'name', name, 'number', string.format('%.0f', number), 'mean', string.format('%.17g', mean))
  local most = math.floor(math.min(MAX_ENTRIES, MAX_BYTES / mean))
  if redis.call('XLEN', streamKey) > most then redis.call('XTRIM', streamKey, 'MAXLEN', '~', most) end
end

local before = redis.call('HGET', reportersKey, reporter)
if not before or string.match(before, '^%S+') ~= id then append({ unpack(ARGV, 8) }) end
redis.call('HSET', reportersKey, reporter,
  table.concat({ id, ARGV[4], ARGV[5], ARGV[6], ARGV[7], string.format('%.0f', nowMs) }, ' '))

local answer, forgotten = liveConsumers(nowMs)
for _, name in ipairs(forgotten) do redis.call('HDEL', reportersKey, name) end
local capacity = redis.call('HMGET', ARGV[1] .. '~capacity', 'capacity', 'atMs')
local holds = capacity[1] and nowMs - tonumber(capacity[2]) <= CAPACITY_MS
table.insert(answer, 1, holds and tonumber(capacity[1]) or -1)
return answer
