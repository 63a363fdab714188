--[[
  Completion: how a finish takes one job out of `active` under its lock, BullMQ's own semantics throughout.

      job ──┬─ plain ──▶ lean: three commands; what all jobs of the call, or of a workspace, can share is done once
            └─ other ──▶ BullMQ's moveToFinished

  A job is plain when it is not kept and has no parent, no deduplication id and no key but its hash and its
  lock: no children, no log. The parity tests hold both ways to BullMQ's answers and keys.

  A parent or a deduplication id is in its hash. Where the claim saw all of that hash, and neither, the number of its
  fields tells whether that is still so: an active job gets fields, and loses none.

  Use: lookAhead(groups), then complete(group, id, value) for each job in the order of the groups, then
  removeCompleted().

  Needs of its includer: shard.lua, and the local nowMs (as text).
]]
--@bullmq moveToFinished

-- Of the jobs that may be plain, in their order: the keys of their hashes and locks, and who holds the locks.
local jobKeys, lockKeys, holders = {}, {}, {}
local nextJob = 1
-- The keys of theirs that a plain job does not have, OTHERS of them for each job.
local OTHERS, others = 5, {}
-- Whether any of those is there, and whether any of their queues has a stalled check under way.
local haveOthers, haveSuspects

-- `groups`: { ws, token, way = { count, age, limit }, fields: how many each job had when it began if the claim saw them
-- all and nothing special, or nil; first, last: places of its ids in ARGV }
local function lookAhead(groups)
  local stalled = {}
  for _, group in ipairs(groups) do
    if group.way.count == '0' then
      local base = shardPrefix .. group.ws .. ':'
      stalled[#stalled + 1] = base .. 'stalled'
      for job = group.first, group.last, 2 do
        local jobKey = base .. ARGV[job]
        local n, o = #jobKeys, #others
        jobKeys[n + 1], lockKeys[n + 1] = jobKey, jobKey .. ':lock'
        others[o + 1], others[o + 2], others[o + 3], others[o + 4], others[o + 5] = jobKey .. ':dependencies',
          jobKey .. ':unsuccessful', jobKey .. ':processed', jobKey .. ':failed', jobKey .. ':logs'
      end
    end
  end
  if #jobKeys == 0 then return end
  holders = rcall('MGET', unpack(lockKeys))
  haveOthers = rcall('EXISTS', unpack(others)) > 0
  haveSuspects = rcall('EXISTS', unpack(stalled)) > 0
end

-- Of one of them, by its place in their order.
local function hasOthers(job)
  return rcall('EXISTS', unpack(others, OTHERS * (job - 1) + 1, OTHERS * job)) > 0
end

-- Keys of what the lean way has completed: they go together, in one command.
local completed = {}

local function removeCompleted()
  if #completed > 0 then rcall('DEL', unpack(completed)) end
  completed = {}
end

local function isCompleted(jobKey)
  for _, key in ipairs(completed) do
    if key == jobKey then return true end
  end
  return false
end

local function completeStock(group, id, value)
  removeCompleted()
  local way = group.way
  local keys, base = queueKeys(group.ws)
  keys[11] = base .. 'completed'
  keys[12] = base .. id
  keys[13] = base .. 'metrics:completed'
  keys[14] = base .. 'marker'
  local keepJobs = { count = tonumber(way.count) }
  if way.age ~= '' then keepJobs.age = tonumber(way.age) end
  if way.limit ~= '' then keepJobs.limit = tonumber(way.limit) end
  local options = cmsgpack.pack({ token = group.token, keepJobs = keepJobs, attempts = 0, maxMetricsSize = '' })
  return moveToFinished(keys, { id, nowMs, 'returnvalue', value, 'completed', '0', base, options, '' })
end

-- What the lean way reads once for each workspace of the call: `length` of its event stream, whether it is `quiet` (that
-- length is 0: nobody wants events), whether it has `suspects` (a stalled check is under way), and whether nobody has
-- `told` yet that the queue is drained.
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
    queue.suspects = haveSuspects and rcall('EXISTS', queue.stalled) == 1
    queues[ws] = queue
  end
  return queue
end

local function tellCompleted(queue, id, value)
  -- Once a call: the stream's length is only about its limit anyway.
  if queue.trimmed then
    rcall('XADD', queue.events, '*', 'event', 'completed', 'jobId', id, 'returnvalue', value, 'prev', 'active')
  else
    rcall('XADD', queue.events, 'MAXLEN', '~', queue.length, '*',
      'event', 'completed', 'jobId', id, 'returnvalue', value, 'prev', 'active')
    queue.trimmed = true
  end
  queue.told = false
end

local function hasPlainHash(jobKey, fields)
  if fields and rcall('HLEN', jobKey) == fields then return true end
  local values = rcall('HMGET', jobKey, 'name', 'parentKey', 'deid')
  return values[1] and not values[2] and not values[3]
end

-- Returns BullMQ's code, or nothing when the job is not plain, and then it is untouched.
local function completeLean(group, id, value)
  local job = nextJob
  nextJob = job + 1
  local jobKey, lockKey, holder = jobKeys[job], lockKeys[job], holders[job]
  local queue = queueOf(group.ws)
  if not hasPlainHash(jobKey, group.fields) or (haveOthers and hasOthers(job)) then return end
  if holder ~= group.token then return holder and -6 or -2 end
  if queue.suspects then rcall('SREM', queue.stalled, id) end
  local last = #completed
  if rcall('LREM', queue.active, '-1', id) == 0 then
    if isCompleted(jobKey) then return -1 end
    completed[last + 1] = lockKey
    return -3
  end
  completed[last + 1], completed[last + 2] = lockKey, jobKey
  if not queue.quiet then tellCompleted(queue, id, value) end
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

local function complete(group, id, value)
  local code
  if group.way.count == '0' then code = completeLean(group, id, value) end
  if code then return code end
  code = completeStock(group, id, value)
  if code == 0 and queues[group.ws] then queues[group.ws].told = true end
  return code
end
