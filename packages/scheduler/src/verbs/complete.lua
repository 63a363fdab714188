--[[
  Completion: how a finish takes one job out of `active` under its lock, BullMQ's own semantics throughout.

      job ──┬─ plain ──▶ lean: six commands, and once a call what is the same for all jobs of a workspace
            └─ other ──▶ BullMQ's moveToFinished

  A job is plain when it is not kept and has no parent, no deduplication id and no key but its hash and its
  lock: no children, no log. The parity tests hold both ways to BullMQ's answers and keys.

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

-- What the lean way reads once for each workspace of the call: `length` of its event stream, whether it is `quiet` (that
-- length is 0: nobody wants events), whether it has `suspects` (a stalled check is under way), and whether nobody has `told` yet that the queue is drained.
local queues = {}

local function queueOf(ws)
  local queue = queues[ws]
  if not queue then
    local base = shardPrefix .. ws .. ':'
    queue = { base = base, active = base .. 'active', events = base .. 'events', stalled = base .. 'stalled' }
    queue.length = rcall('HGET', base .. 'meta', 'opts.maxLenEvents')
    if not queue.length then
      queue.length = '10000'
      rcall('HSET', base .. 'meta', 'opts.maxLenEvents', queue.length)
    end
    queue.quiet = queue.length == '0'
    queue.suspects = rcall('EXISTS', queue.stalled) == 1
    queues[ws] = queue
  end
  return queue
end

-- Returns BullMQ's code, or nothing when the job is not plain, and then it is untouched.
local function completeLean(ws, id, token, value)
  local queue = queueOf(ws)
  local jobKey = queue.base .. id
  local fields = rcall('HMGET', jobKey, 'name', 'parentKey', 'deid')
  if not fields[1] or fields[2] or fields[3] then return end
  if rcall('EXISTS', jobKey .. ':dependencies', jobKey .. ':unsuccessful', jobKey .. ':processed',
    jobKey .. ':failed', jobKey .. ':logs') > 0 then return end
  local lockKey = jobKey .. ':lock'
  local holder = rcall('GET', lockKey)
  if holder ~= token then return holder and -6 or -2 end
  if queue.suspects then rcall('SREM', queue.stalled, id) end
  if rcall('LREM', queue.active, -1, id) == 0 then
    rcall('DEL', lockKey)
    return -3
  end
  rcall('DEL', lockKey, jobKey)
  if not queue.quiet then
    rcall('XADD', queue.events, 'MAXLEN', '~', queue.length, '*',
      'event', 'completed', 'jobId', id, 'returnvalue', value, 'prev', 'active')
    queue.told = false
  end
  return 0
end

-- The lean way leaves the last event of a queue to the end of the call; `active` is the number of active jobs.
local function tellDrained(ws, active)
  local queue = queues[ws]
  if not queue or queue.told ~= false or active > 0 then return end
  if rcall('LLEN', queue.base .. 'wait') == 0 and rcall('ZCARD', queue.base .. 'prioritized') == 0 then
    rcall('XADD', queue.events, '*', 'event', 'drained')
  end
end

local function complete(ws, id, token, value, count, age, limit)
  local code
  if count == '0' then code = completeLean(ws, id, token, value) end
  if code then return code end
  code = completeStock(ws, id, token, value, count, age, limit)
  if code == 0 and queues[ws] then queues[ws].told = true end
  return code
end
