--[[
  What the scripts of one shard share: its keys and the moves between the sets
  that a workspace can be in.

      idle ──join──▶ ring ──park──▶ park
        ▲             │  ◀──join──┘
        └───leave─────┘

  ring   ZSET, score = virtual start tag; may have runnable work
  park   ZSET, score = when to look again (ms) * 8 + reason; has work, may not run
  busy   ZSET, score 0; has jobs in `active`

  A workspace is in at most one of ring and park. Scores and tags are IEEE
  doubles; they are written with 17 digits so that what is read is what was
  written.

  ARGV[1]  the shard's key prefix, e.g. '{fl0}:'
]]
local rcall = redis.call
local shardPrefix = ARGV[1]
local ringKey = shardPrefix .. '~ring'
local parkKey = shardPrefix .. '~park'
local busyKey = shardPrefix .. '~busy'
local clockKey = shardPrefix .. '~clock'
local knownKey = shardPrefix .. '~known'
local wakeKey = shardPrefix .. '~wake'
local quarantineKey = shardPrefix .. '~quarantine'
local genKey = shardPrefix .. '~gen'
local meanRunKey = shardPrefix .. '~meanrun'

-- Reasons, as stored in the low three bits of a park score. The order is the
-- one of PARK_REASONS in core.
local DELAYED, SLOTS, TOKENS, RATE_LIMITED, QUEUE_PAUSED, PAUSED = 0, 1, 2, 3, 4, 5
-- A look-again time that never comes (ms); * 8 + 7 is still an exact double.
local NEVER_MS = 1000000000000000
--@include recheck

-- The quota of a workspace that has none of its own: BASE_QUOTA in core.
local BASE_QUOTA = 64
-- What a run is taken to last (ms) before anybody has reported one.
local UNKNOWN_MEAN_RUN_MS = 1000

local function exact(number) return string.format('%.17g', number) end
local function configKey(ws) return shardPrefix .. '~cfg:' .. ws end
local function readClock() return tonumber(rcall('GET', clockKey) or '0') end
local function readMeanRun() return tonumber(rcall('GET', meanRunKey) or UNKNOWN_MEAN_RUN_MS) end

-- Becoming ready: a workspace that was away starts at the clock, it may not
-- save up service; one that was served ahead of the clock keeps its tag.
local function join(ws, clock)
  local tag = clock
  local stored = rcall('HGET', configKey(ws), 'tag')
  if stored then
    tag = math.max(tonumber(stored), clock)
    rcall('HDEL', configKey(ws), 'tag')
  end
  rcall('ZADD', ringKey, exact(tag), ws)
end

-- `settles`: jobs of the workspace that still run will settle on its tag, wherever the clock is.
local function rememberTag(ws, tag, clock, settles)
  if settles or tag > clock then rcall('HSET', configKey(ws), 'tag', exact(tag)) end
end

local function leave(ws, tag, clock, settles)
  rcall('ZREM', ringKey, ws)
  rememberTag(ws, tag, clock, settles)
end

local function park(ws, tag, clock, atMs, reason, settles)
  if SWEEP_RECHECKS and reason == SLOTS then atMs = NEVER_MS end
  rcall('ZREM', ringKey, ws)
  rcall('ZADD', parkKey, exact(atMs * 8 + reason), ws)
  rememberTag(ws, tag, clock, settles)
end

-- Reason of a parked workspace, or nil when it is not parked.
local function parkedReason(ws)
  local score = rcall('ZSCORE', parkKey, ws)
  if score then return tonumber(score) % 8 end
end

local function unpark(ws, clock)
  rcall('ZREM', parkKey, ws)
  join(ws, clock)
end

-- What is set of a workspace and what it has of its quota, '' for what is not stored; and whether anything is.
local function settings(ws)
  local fields = rcall('HMGET', configKey(ws), 'weight', 'concurrency', 'rate', 'burst', 'paused', 'tokens', 'tokensAt',
    'quota', 'cost')
  if fields[9] then fields[9] = '1' end
  local isSet = false
  for i = 1, 9 do
    isSet = isSet or fields[i] ~= false
    fields[i] = fields[i] or ''
  end
  return fields, isSet
end

--@include wake

-- The eleven keys that BullMQ's moveToActive takes, and `base`, its key prefix.
local function queueKeys(ws)
  local base = shardPrefix .. ws .. ':'
  return {
    base .. 'wait', base .. 'active', base .. 'prioritized', base .. 'events',
    base .. 'stalled', base .. 'limiter', base .. 'delayed', base .. 'paused',
    base .. 'meta', base .. 'pc', base .. 'marker'
  }, base
end

local function runnableJobs(ws)
  local base = shardPrefix .. ws .. ':'
  return rcall('LLEN', base .. 'wait') + rcall('ZCARD', base .. 'prioritized')
end

local function errorText(err)
  if type(err) == 'table' then return tostring(err.err or 'unknown error') end
  return tostring(err)
end

-- A queue whose keys do not have BullMQ's types fails every script on it. It is
-- set aside with the reason, and looked at again by the sweep.
local function quarantine(ws, err, nowMs)
  rcall('ZREM', ringKey, ws)
  rcall('ZREM', parkKey, ws)
  rcall('HSET', quarantineKey, ws, exact(nowMs) .. ' ' .. errorText(err))
end

-- Ends a quarantine. Jobs that were in flight when it began may have lost their
-- holder since: recovery looks at the queue once, and forgets it if it has none.
local function release(ws)
  if rcall('HDEL', quarantineKey, ws) == 1 then rcall('ZADD', busyKey, 0, ws) end
end
