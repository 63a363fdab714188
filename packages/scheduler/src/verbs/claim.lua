--[[
  Claim: choose workspaces by weighted virtual time, check slots and tokens,
  and move jobs to active, all in one call.

  KEYS[1]   the shard's ring (routes the call)
  ARGV[1]   shard key prefix
  ARGV[2]   jobs wanted, 1..64
  ARGV[3]   lock token, unique for this claim
  ARGV[4]   lock duration, ms
  ARGV[5]   replica name, stored as the job's `processedBy`
  ARGV[6]   quantum: jobs activated per visit of a workspace
  ARGV[7]   partition cap: jobs of one workspace in this call while others are runnable

  Result    {0} when the shard has no generation (flushed or new: settings are not there yet), or
            {1, now ms, next ms, ready, parked by reason {6 counts},
             quarantined {ws, reason, ...}, jobs {ws, id, {field, value, ...}, ...}}
            `next` is when to ask again if nobody wakes the caller, -1 for never.
  Cost      O(log n) per visit and BullMQ's own moveToActive per job; at most 64 grants,
            256 visits and 128 unparks a call.
]]
--@include now
--@include shard
--@bullmq moveToActive

local MAX_GRANTS, MAX_VISITS, MAX_UNPARKS = 64, 256, 128
-- A workspace without a free slot is woken by the finish that frees one. Should
-- that finish never come, it is looked at again a second later; all such looks
-- share the full second so that a thousand of them cost one call.
local RECHECK_MS = 1000

if rcall('EXISTS', genKey) == 0 then return {0} end

local nowUs = serverTimeUs()
local nowMs = math.floor(nowUs / 1000)
local wanted = math.min(MAX_GRANTS, tonumber(ARGV[2]))
local quantum = tonumber(ARGV[6])
local partitionCap = tonumber(ARGV[7])
local lock = cmsgpack.pack({ token = ARGV[3], lockDuration = ARGV[4], name = ARGV[5] })
local recheckMs = (math.floor(nowMs / RECHECK_MS) + 1) * RECHECK_MS

local clock = readClock()
local granted, visits = 0, 0
local jobs, quarantined = {}, {}
local parkedNow = {0, 0, 0, 0, 0, 0}
local grantedTo, aside, asideCount = {}, {}, 0

local function parkFor(ws, tag, atMs, reason)
  park(ws, tag, clock, atMs, reason)
  parkedNow[reason + 1] = parkedNow[reason + 1] + 1
end

-- Token bucket, the arithmetic of core/quota: integer micro-tokens, so that
-- rate tokens a second are rate micro-tokens a microsecond.
local function refill(config, rate, burst)
  local capacity = burst * 1000000
  local tokens, at = tonumber(config[6]), tonumber(config[7])
  if not tokens then return capacity, nowUs end
  local gained = math.floor(math.max(0, nowUs - at) * rate)
  if gained == 0 then return math.min(tokens, capacity), at end
  return math.min(capacity, tokens + gained), nowUs
end

-- Moves one job to active. Returns 'job', 'gone' (its hash had vanished; it was
-- removed), or nil and BullMQ's rate-limit ttl and next delayed time.
local function activate(ws, keys, base)
  local answer = moveToActive(keys, { base, exact(nowMs), lock })
  local hash = answer[1]
  if type(hash) ~= 'table' then return nil, tonumber(answer[3]), tonumber(answer[4]) end
  for i = 1, #hash, 2 do
    if hash[i] == 'name' then
      jobs[#jobs + 1] = ws
      jobs[#jobs + 1] = answer[2]
      jobs[#jobs + 1] = hash
      granted = granted + 1
      return 'job'
    end
  end
  rcall('LREM', keys[2], 1, answer[2])
  rcall('DEL', base .. answer[2], base .. answer[2] .. ':lock')
  return 'gone'
end

-- The queue gave no job: find out why, and put the workspace where it belongs.
local function putAway(ws, tag, base, ttl, dueMs)
  if ttl > 0 then return parkFor(ws, tag, nowMs + ttl, RATE_LIMITED) end
  if dueMs == 0 then
    if runnableJobs(ws) > 0 then return parkFor(ws, tag, recheckMs, QUEUE_PAUSED) end
    local first = rcall('ZRANGE', base .. 'delayed', 0, 0, 'WITHSCORES')
    dueMs = first[2] and tonumber(first[2]) / 4096 or 0
  end
  if dueMs > 0 then return parkFor(ws, tag, math.floor(dueMs), DELAYED) end
  leave(ws, tag, clock)
end

local function visit(ws, tag)
  local config = rcall('HMGET', configKey(ws), 'weight', 'concurrency', 'rate', 'burst', 'paused', 'tokens', 'tokensAt')
  if config[5] then return parkFor(ws, tag, NEVER_MS, PAUSED) end

  local keys, base = queueKeys(ws)
  local limit = math.min(quantum, wanted - granted, partitionCap - (grantedTo[ws] or 0))
  if config[2] then
    local free = tonumber(config[2]) - rcall('LLEN', keys[2])
    if free <= 0 then return parkFor(ws, tag, recheckMs, SLOTS) end
    limit = math.min(limit, free)
  end
  local rate = tonumber(config[3])
  local tokens, tokensAt
  if rate then
    tokens, tokensAt = refill(config, rate, tonumber(config[4]))
    if tokens < 1000000 then
      local waitUs = math.ceil((1000000 - tokens) / rate)
      return parkFor(ws, tag, math.ceil((tokensAt + waitUs) / 1000), TOKENS)
    end
    limit = math.min(limit, math.floor(tokens / 1000000))
  end

  local started, empty, ttl, dueMs = 0, false, 0, 0
  while started < limit and visits < MAX_VISITS do
    local kind
    kind, ttl, dueMs = activate(ws, keys, base)
    if kind == 'job' then
      started = started + 1
    elseif kind == 'gone' then
      visits = visits + 1
    else
      empty = true
      break
    end
  end

  if started > 0 then
    clock = math.max(clock, tag)
    tag = tag + started / (tonumber(config[1]) or 1)
    grantedTo[ws] = (grantedTo[ws] or 0) + started
    rcall('ZADD', busyKey, 0, ws)
    if rate then
      rcall('HSET', configKey(ws), 'tokens', exact(tokens - started * 1000000), 'tokensAt', exact(tokensAt))
    end
  end
  if empty then return putAway(ws, tag, base, ttl, dueMs) end
  if grantedTo[ws] and grantedTo[ws] >= partitionCap then
    rcall('ZREM', ringKey, ws)
    aside[ws] = tag
    asideCount = asideCount + 1
  else
    rcall('ZADD', ringKey, exact(tag), ws)
  end
end

local function returnAside()
  for ws, tag in pairs(aside) do rcall('ZADD', ringKey, exact(tag), ws) end
  aside, asideCount = {}, 0
end

local due = rcall('ZRANGE', parkKey, '-inf', exact(nowMs * 8 + 7), 'BYSCORE', 'LIMIT', 0, MAX_UNPARKS)
for _, ws in ipairs(due) do unpark(ws, clock) end

while granted < wanted and visits < MAX_VISITS do
  local head = rcall('ZRANGE', ringKey, 0, 0, 'WITHSCORES')
  if head[1] then
    visits = visits + 1
    local ok, err = pcall(visit, head[1], tonumber(head[2]))
    if not ok then
      quarantine(head[1], err, nowMs)
      -- It may have given jobs before it failed: they are the caller's, and recovery must know of them.
      rcall('ZADD', busyKey, 0, head[1])
      quarantined[#quarantined + 1] = head[1]
      quarantined[#quarantined + 1] = errorText(err)
    end
  elseif asideCount > 0 then
    -- Only capped workspaces are left: the cap protects others, and there are none.
    returnAside()
    partitionCap = wanted
  else
    break
  end
end
returnAside()

if granted > 0 then rcall('SET', clockKey, exact(clock)) end
local ready = rcall('ZCARD', ringKey)
-- The caller has all that it asked for and there is more: somebody idle may take it.
if ready > 0 and granted == wanted then wake() end

local nextMs = -1
if ready > 0 then
  nextMs = nowMs
else
  local first = rcall('ZRANGE', parkKey, 0, 0, 'WITHSCORES')
  if first[2] then
    local atMs = math.floor(tonumber(first[2]) / 8)
    if atMs < NEVER_MS then nextMs = atMs end
  end
end
return { 1, exact(nowMs), exact(nextMs), ready, parkedNow, quarantined, jobs }
