--[[
  Claim: choose workspaces by weighted virtual time, check slots and tokens,
  and move jobs to active, all in one call.

  KEYS[1]   the shard's ring (routes the call)
  ARGV[1]   shard key prefix
  ARGV[2]   jobs wanted, 1..64, or 0
  ARGV[3]   lock token, unique for this claim
  ARGV[4]   lock duration, ms
  ARGV[5]   replica name, stored as the job's `processedBy`
  ARGV[6]   quantum: jobs activated per visit of a workspace
  ARGV[7]   partition cap: jobs of one workspace in this call while others are runnable
  ARGV[8]   of one of several shards (else absent): where it starts if it has rested, or ''
  ARGV[9]   and the point beyond which nothing starts in this call, or ''; both over all shards, see
            across-shards.ts in core. With ARGV[2] = 0 the call only looks.
  ARGV[10]  and '1' when the caller could not reach it for a while: it has rested, then, or ''

  Result    {0} when the shard has no generation (flushed or new: settings are not there yet), or
            {1, now ms, next ms, ready, parked by reason {6 counts},
             quarantined {ws, reason, ...}, jobs {ws, id, {field, value, ...} or a short answer (an odd number of
             values, see activate.lua), ...},
             costs {ws, what each start of it was charged, ...}: those with runtime fairness, to be settled,
             next start or resting point over all shards, of one of several}
            `next` is when to ask again if nobody wakes the caller, -1 for never.
  Cost      O(log n) per visit and five commands per job of a plain queue (see activate.lua); the ring is read
            and written a page of visits at a time; at most 64 grants, 256 visits and 128 unparks a call.
]]
--@include now
--@include shard

local MAX_GRANTS, MAX_VISITS, MAX_UNPARKS = 64, 256, 128
-- A workspace without a free slot is woken by the finish that frees one. Should
-- that finish never come, it is looked at again a second later; all such looks
-- share the full second so that a thousand of them cost one call.
local RECHECK_MS = 1000

local head = rcall('MGET', genKey, clockKey)
if not head[1] then return {0} end

local nowUs = serverTimeUs()
local nowMs = math.floor(nowUs / 1000)
local nowText = exact(nowMs)
local wanted = math.min(MAX_GRANTS, tonumber(ARGV[2]))
local quantum = tonumber(ARGV[6])
local partitionCap = tonumber(ARGV[7])
local lockToken, lockMs, replica = ARGV[3], ARGV[4], ARGV[5]
local recheckMs = (math.floor(nowMs / RECHECK_MS) + 1) * RECHECK_MS

local clock = tonumber(head[2] or '0')
local granted, visits = 0, 0
local jobs, quarantined = {}, {}
local parkedNow = {0, 0, 0, 0, 0, 0}
local grantedTo, aside, asideCount = {}, {}, 0
local costs, meanRunMs = {}, nil

local function parkFor(ws, tag, atMs, reason, settles)
  park(ws, tag, clock, atMs, reason, settles)
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

local function lock()
  return cmsgpack.pack({ token = lockToken, lockDuration = lockMs, name = replica })
end

local function give(ws, id, hash)
  local last = #jobs
  jobs[last + 1], jobs[last + 2], jobs[last + 3] = ws, id, hash
  granted = granted + 1
end
--@include activate

-- The queue gave no job: find out why, and put the workspace where it belongs.
local function putAway(ws, tag, base, ended, ttl, dueMs, settles)
  if ttl > 0 then return parkFor(ws, tag, nowMs + ttl, RATE_LIMITED, settles) end
  if ended == 'held' and dueMs == 0 then
    if runnableJobs(ws) > 0 then return parkFor(ws, tag, recheckMs, QUEUE_PAUSED, settles) end
    local first = rcall('ZRANGE', base .. 'delayed', 0, 0, 'WITHSCORES')
    dueMs = first[2] and tonumber(first[2]) / 4096 or 0
  end
  if dueMs > 0 then return parkFor(ws, tag, math.floor(dueMs), DELAYED, settles) end
  leave(ws, tag, clock, settles)
end

-- What a start is charged with runtime fairness: the estimate in mean runs, or 1 while nothing is known.
local function costOf(estimateMs)
  if not estimateMs then return 1 end
  meanRunMs = meanRunMs or readMeanRun()
  return estimateMs / meanRunMs
end

-- The ring, read a page at a time in its own order. Workspaces that were served and stay are written back
-- together, when the next one of the page might not be the ring's next any more.
local MAX_PAGE = 16
local page, at, served, leastServed = {}, 1, {}, nil
-- Whether any workspace of the page has settings, or delayed jobs: mostly none has, and one look tells.
local haveSettings, haveDelayed = true, true

local function writeRing()
  if #served > 0 then rcall('ZADD', ringKey, unpack(served)) end
  served, leastServed = {}, nil
end

local function returnToRing(ws, tag)
  served[#served + 1] = exact(tag)
  served[#served + 1] = ws
  if not leastServed or tag < leastServed then leastServed = tag end
end

local function lookAhead()
  if #page <= 2 then
    haveSettings, haveDelayed = true, true
    return
  end
  local settings, delayed = {}, {}
  for i = 1, #page, 2 do
    settings[#settings + 1] = configKey(page[i])
    delayed[#delayed + 1] = shardPrefix .. page[i] .. ':delayed'
  end
  haveSettings = rcall('EXISTS', unpack(settings)) > 0
  haveDelayed = rcall('EXISTS', unpack(delayed)) > 0
end

local function nextHead()
  local tag = tonumber(page[at + 1])
  -- At equal tags the name decides, and only Redis orders names as Redis does.
  if not tag or (leastServed and tag >= leastServed) then
    writeRing()
    local size = math.min(MAX_PAGE, math.ceil((wanted - granted) / quantum))
    page, at = rcall('ZRANGE', ringKey, 0, size - 1, 'WITHSCORES'), 1
    tag = tonumber(page[2])
    lookAhead()
  end
  at = at + 2
  return page[at - 2], tag
end

local NO_SETTINGS = {}

local function visit(ws, tag)
  local config = haveSettings and rcall('HMGET', configKey(ws), 'weight', 'concurrency', 'rate', 'burst', 'paused',
    'tokens', 'tokensAt', 'quota', 'cost') or NO_SETTINGS
  local estimate = config[9]
  if config[5] then return parkFor(ws, tag, NEVER_MS, PAUSED, estimate) end
  local quota = tonumber(config[8] or BASE_QUOTA)

  local base = shardPrefix .. ws .. ':'
  local limit = math.min(quantum, wanted - granted, partitionCap - (grantedTo[ws] or 0))
  -- Also shows that it is a list: activate.lua relies on it.
  local active = rcall('LLEN', base .. 'active')
  local slots = tonumber(config[2] or quota)
  if slots > 0 then
    local free = slots - active
    if free <= 0 then return parkFor(ws, tag, recheckMs, SLOTS, estimate) end
    limit = math.min(limit, free)
  end
  local rate = config[3] and (tonumber(config[3]) or quota)
  local tokens, tokensAt
  if rate then
    tokens, tokensAt = refill(config, rate, tonumber(config[4]) or quota)
    if tokens < 1000000 then
      local waitUs = math.ceil((1000000 - tokens) / rate)
      return parkFor(ws, tag, math.ceil((tokensAt + waitUs) / 1000), TOKENS, estimate)
    end
    limit = math.min(limit, math.floor(tokens / 1000000))
  end

  local started, gone, ended, ttl, dueMs = activate(ws, base, limit, MAX_VISITS - visits, haveDelayed)
  visits = visits + gone
  if started > 0 then
    clock = math.max(clock, tag)
    local charge = started
    if estimate then
      costs[ws] = costOf(tonumber(estimate))
      charge = started * costs[ws]
    end
    tag = tag + charge / (tonumber(config[1]) or 1)
    grantedTo[ws] = (grantedTo[ws] or 0) + started
    if rate then
      rcall('HSET', configKey(ws), 'tokens', exact(tokens - started * 1000000), 'tokensAt', exact(tokensAt))
    end
  end
  if ended then return putAway(ws, tag, base, ended, ttl, dueMs, estimate) end
  if grantedTo[ws] and grantedTo[ws] >= partitionCap then
    rcall('ZREM', ringKey, ws)
    aside[ws] = tag
    asideCount = asideCount + 1
  else
    returnToRing(ws, tag)
  end
end

local function returnAside()
  for ws, tag in pairs(aside) do rcall('ZADD', ringKey, exact(tag), ws) end
  aside, asideCount = {}, 0
end

local due = rcall('ZRANGE', parkKey, '-inf', exact(nowMs * 8 + 7), 'BYSCORE', 'LIMIT', 0, MAX_UNPARKS)
for _, ws in ipairs(due) do unpark(ws, clock) end

-- A shard that has rested, or never had a place among the others, and has work again takes its place.
local acrossKey = shardPrefix .. '~across'
local several, offset, rests, lastTag = ARGV[8] ~= nil, 0, false, math.huge
if several then
  local place = rcall('HMGET', acrossKey, 'offset', 'rests')
  offset, rests = tonumber(place[1] or '0'), place[2] or not place[1]
  local again = rests or ARGV[10] == '1'
  local first = again and tonumber(rcall('ZRANGE', ringKey, 0, 0, 'WITHSCORES')[2])
  if first then
    local floor = tonumber(ARGV[8])
    if floor then offset = place[1] and math.max(offset, floor - first) or floor - first end
    rcall('HSET', acrossKey, 'offset', exact(offset))
    rcall('HDEL', acrossKey, 'rests')
    rests = false
  end
  if ARGV[9] ~= '' then lastTag = tonumber(ARGV[9]) - offset end
end

local bounded = false
while granted < wanted and visits < MAX_VISITS do
  local head, tag = nextHead()
  if head and tag > lastTag then
    bounded = true
    break
  elseif head then
    visits = visits + 1
    local ok, err = pcall(visit, head, tag)
    if not ok then
      quarantine(head, err, nowMs)
      -- It may have given jobs before it failed: they are the caller's, and recovery must know of them.
      rcall('ZADD', busyKey, 0, head)
      quarantined[#quarantined + 1] = head
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
writeRing()
returnAside()

if granted > 0 then
  rcall('SET', clockKey, exact(clock))
  local busy = {}
  for ws in pairs(grantedTo) do
    busy[#busy + 1] = 0
    busy[#busy + 1] = ws
  end
  if #busy > 0 then rcall('ZADD', busyKey, unpack(busy)) end
end
local ready = rcall('ZCARD', ringKey)
-- The caller has all that it asked for, or may have, and there is more: somebody idle may take it.
if ready > 0 and wanted > 0 and (granted == wanted or bounded) then wake() end
if ready == 0 then nothingToWakeFor() end

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
local charged = {}
for ws, cost in pairs(costs) do
  charged[#charged + 1] = ws
  charged[#charged + 1] = exact(cost)
end
local answer = { 1, exact(nowMs), exact(nextMs), ready, parkedNow, quarantined, jobs, charged }
if several then
  local first = tonumber(rcall('ZRANGE', ringKey, 0, 0, 'WITHSCORES')[2])
  if not first and not rests then rcall('HSET', acrossKey, 'rests', '1') end
  answer[9] = exact((first or clock) + offset)
end
return answer
