--[[
  Completion: how a finish takes one job out of `active` under its lock, BullMQ's own semantics throughout.

      job ──┬─ plain ──▶ lean: six commands, and what is the same for all jobs of a workspace once a call
            └─ other ──▶ BullMQ's moveToFinished

  A job is plain when it is not kept, has no parent, never had children, and holds no deduplication id. The
  parity tests hold both ways to BullMQ's answers and keys.

  Needs of its includer: shard.lua, and the local nowMs (as text).
]]
--@bullmq moveToFinished

local function completeStock(ws, id, token, value, count, age, limit)
  local keys, base = queueKeys(ws)
  keys[11] = base .. 'completed'
  keys[12] = base .. id
  keys[13] = base .. 'metrics:completed'
  keys[14] = base .. 'marker'
  local keepJobs = { count = tonumber(count) }
  if age ~= '' then keepJobs.age = tonumber(age) end
  if limit ~= '' then keepJobs.limit = tonumber(limit) end
  local options = cmsgpack.pack({ token = token, keepJobs = keepJobs, attempts = 0, maxMetricsSize = '' })
  return moveToFinished(keys, { id, nowMs, 'returnvalue', value, 'completed', '0', base, options, '' })
end

-- By workspace: the length of its event stream, read once.
local streamLengths = {}

local function streamLength(ws, base)
  local length = streamLengths[ws]
  if not length then
    length = rcall('HGET', base .. 'meta', 'opts.maxLenEvents')
    if not length then
      length = '10000'
      rcall('HSET', base .. 'meta', 'opts.maxLenEvents', length)
    end
    streamLengths[ws] = length
  end
  return length
end

-- Returns BullMQ's code, or nothing when the job is not plain, and then it is untouched.
local function completeLean(ws, id, token, value)
  local base = shardPrefix .. ws .. ':'
  local jobKey = base .. id
  local lockKey, dependencies, unsuccessful = jobKey .. ':lock', jobKey .. ':dependencies', jobKey .. ':unsuccessful'
  local fields = rcall('HMGET', jobKey, 'name', 'parentKey', 'parent', 'deid')
  if not fields[1] or fields[2] or fields[3] or fields[4] then return end
  if rcall('EXISTS', dependencies, unsuccessful) > 0 then return end
  local holder = rcall('GET', lockKey)
  if holder ~= token then return holder and -6 or -2 end
  if rcall('LREM', base .. 'active', -1, id) == 0 then
    rcall('DEL', lockKey)
    rcall('SREM', base .. 'stalled', id)
    return -3
  end
  rcall('SREM', base .. 'stalled', id)
  rcall('DEL', lockKey, jobKey, jobKey .. ':logs', dependencies, jobKey .. ':processed', jobKey .. ':failed', unsuccessful)
  rcall('XADD', base .. 'events', 'MAXLEN', '~', streamLength(ws, base), '*',
    'event', 'completed', 'jobId', id, 'returnvalue', value, 'prev', 'active')
  if rcall('LLEN', base .. 'active') == 0 and rcall('LLEN', base .. 'wait') == 0
    and rcall('ZCARD', base .. 'prioritized') == 0 then
    rcall('XADD', base .. 'events', '*', 'event', 'drained')
  end
  return 0
end

local function complete(ws, id, token, value, count, age, limit)
  local code
  if count == '0' then code = completeLean(ws, id, token, value) end
  return code or completeStock(ws, id, token, value, count, age, limit)
end
