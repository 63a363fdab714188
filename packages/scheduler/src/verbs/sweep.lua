--[[
  Sweep: find work that came in without a `ready`: a stock Queue.add, a retry or
  promotion from Bull Board, a flow's parent; forget what an idle workspace no
  longer needs, and tidy away what its drained queue left; and give quarantined
  workspaces another try.

  One replica sweeps at a time: it holds a lease which each call renews, so that
  the shard is looked at once an interval, however many replicas.

  KEYS[1]   the shard's ring (routes the call)
  ARGV[1]   shard key prefix
  ARGV[2]   caller
  ARGV[3]   workspaces a call
  ARGV[4]   quarantine time, ms
  ARGV[5]   how long a queue must have been drained before it is tidied away, ms
  ARGV[6]   lease, ms: longer than the caller's interval

  Result    {0, ms until the lease of the other ends}, or {1, workspaces looked at, workspaces found ready}
  Cost      about 2.5 us a workspace
]]
--@include now
--@include shard

local holderKey = shardPrefix .. '~sweeper'
local cursorKey = shardPrefix .. '~cursor'
local holder = rcall('GET', holderKey)
if holder and holder ~= ARGV[2] then return { 0, rcall('PTTL', holderKey) } end
rcall('SET', holderKey, ARGV[2], 'PX', ARGV[6])

local nowUs = serverTimeUs()
local nowMs = math.floor(nowUs / 1000)
local clock = readClock()
local found = 0

-- At the end of a busy time the clock goes to the last tag, as start-time fair queueing has it: nobody is owed anything
-- by a shard that has nothing to do.
local resting = rcall('ZCARD', ringKey) + rcall('ZCARD', parkKey) + rcall('ZCARD', busyKey) == 0
local clockBefore = clock

-- A tag that the clock has passed and a bucket that is full again say nothing.
local function forget(ws)
  local config = rcall('HMGET', configKey(ws), 'tag', 'rate', 'burst', 'tokens', 'tokensAt', 'quota', 'cost')
  local tag = tonumber(config[1] or '')
  if tag and resting then clock = math.max(clock, tag) end
  if tag and tag <= clock then
    -- With runtime fairness jobs that still run will settle on it.
    local settles = config[7] and rcall('LLEN', shardPrefix .. ws .. ':active') > 0
    if not settles then rcall('HDEL', configKey(ws), 'tag') end
  end
  if config[4] then
    local quota = tonumber(config[6] or BASE_QUOTA)
    local rate = config[2] and (tonumber(config[2]) or quota)
    local burst = tonumber(config[3]) or quota
    local full = not rate or tonumber(config[4]) + math.max(0, nowUs - tonumber(config[5])) * rate >= burst * 1000000
    if full then rcall('HDEL', configKey(ws), 'tokens', 'tokensAt') end
  end
end

-- What else a queue may hold that must stay: jobs, schedulers, limits, what somebody counts.
local KEPT = { 'active', 'completed', 'failed', 'waiting-children', 'paused', 'repeat', 'limiter', 'stalled',
  'metrics:completed', 'metrics:failed' }

-- A drained queue leaves its events and its counter of ids: a few kilobytes for a tenant who may never come again. They
-- go when the last event is old and nothing else is there. What it is set to stays: a hundred bytes.
local function tidy(ws)
  local base = shardPrefix .. ws .. ':'
  local last = rcall('XREVRANGE', base .. 'events', '+', '-', 'COUNT', 1)[1]
  if not last or nowMs - tonumber(string.match(last[1], '^%d+')) < tonumber(ARGV[5]) then return end
  local kept = {}
  for i, name in ipairs(KEPT) do kept[i] = base .. name end
  if rcall('EXISTS', unpack(kept)) > 0 then return end
  rcall('DEL', base .. 'events', base .. 'id', base .. 'marker', base .. 'pc', base .. 'stalled-check')
end

-- When the first delayed job is due (ms, rounded up as claim.lua parks it), or nil.
local function firstDueMs(ws)
  local first = rcall('ZRANGE', shardPrefix .. ws .. ':delayed', 0, 0, 'WITHSCORES')
  if first[2] then return math.ceil(tonumber(first[2]) / 4096) end
end

-- A finish that frees a slot says so. What others do to a queue nobody says.
local function hasFreeSlot(ws)
  local config = rcall('HMGET', configKey(ws), 'concurrency', 'quota')
  local slots = tonumber(config[1] or config[2] or BASE_QUOTA)
  return slots == 0 or rcall('LLEN', shardPrefix .. ws .. ':active') < slots
end

local function look(ws)
  if rcall('ZSCORE', ringKey, ws) then return end
  local parked = tonumber(rcall('ZSCORE', parkKey, ws) or '')
  local reason = parked and parked % 8
  if SWEEP_RECHECKS and reason == SLOTS and hasFreeSlot(ws) then
    unpark(ws, clock)
    found = found + 1
    return
  end
  if reason and reason ~= DELAYED then return end
  local dueMs = firstDueMs(ws)
  -- A parked workspace waits for a delayed job; another may be due sooner by now.
  local sooner = dueMs and (not parked or dueMs < math.floor(parked / 8))
  if sooner or runnableJobs(ws) > 0 then
    if parked then unpark(ws, clock) else join(ws, clock) end
    found = found + 1
  elseif not parked then
    forget(ws)
    tidy(ws)
  end
end

local quarantined = rcall('HGETALL', quarantineKey)
local inQuarantine = {}
for i = 1, #quarantined, 2 do
  local sinceMs = tonumber(string.match(quarantined[i + 1], '^%S+'))
  if nowMs - sinceMs >= tonumber(ARGV[4]) then
    release(quarantined[i])
  else
    inQuarantine[quarantined[i]] = true
  end
end

local cursor = rcall('GET', cursorKey)
local names = rcall('ZRANGE', knownKey, cursor and '(' .. cursor or '-', '+', 'BYLEX', 'LIMIT', 0, tonumber(ARGV[3]))
for _, ws in ipairs(names) do
  if not inQuarantine[ws] then
    local ok, err = pcall(look, ws)
    if not ok then quarantine(ws, err, nowMs) end
  end
end
if #names == tonumber(ARGV[3]) then
  rcall('SET', cursorKey, names[#names])
else
  rcall('DEL', cursorKey)
end
if clock > clockBefore then rcall('SET', clockKey, exact(clock)) end
if found > 0 then wake() end
return { 1, #names, found }
