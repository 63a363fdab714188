--[[
  Add: puts jobs into the queues of their workspaces and marks these ready, all in one call.

      job ──┬─ plain ────────────────▶ lean: pushed with the others of its workspace
            └─ delayed, prioritized ─▶ BullMQ's addDelayedJob, addPrioritizedJob

  Keys and events are those of BullMQ's addStandardJob; a marker, which stock workers block on, is written once a
  workspace. An id that is there already is left as it is. What goes wrong with one workspace's queue is the answer
  of its jobs, and no others'. Unlike the other verbs this one is refused when Redis is at its memory limit.

  KEYS[1]   the shard's ring (routes the call)
  ARGV[1]   shard key prefix
  ARGV[2]   event stream length for queues seen for the first time
  ARGV[3..] nine values a job: workspace, id, type, data (JSON), options (JSON, in BullMQ's stored form),
            timestamp (ms), delay (ms), priority, and 'head' to go before all others, else ''

  Result    {codes, backlogs}: per job 0 when it is there, else what Redis or BullMQ said against it; and the
            workspaces in the order in which they first came, each followed by its runnable jobs
  Cost      four commands per plain job and eight per workspace; BullMQ's own for other jobs
]]
--@include shard
--@include mark-ready
--@bullmq addDelayedJob
--@bullmq addPrioritizedJob

local FIELDS = 9
local codes = {}

-- The jobs of the call by workspace, as positions in ARGV.
local order, jobsOf = {}, {}
for first = 3, #ARGV, FIELDS do
  local ws = ARGV[first]
  local list = jobsOf[ws]
  if not list then
    list = {}
    jobsOf[ws] = list
    order[#order + 1] = ws
  end
  list[#list + 1] = first
end

local function codeAt(first, code) codes[(first - 3) / FIELDS + 1] = code end

local function addStock(base, first)
  local id, name, data, options, timestamp = unpack(ARGV, first + 1, first + 5)
  local args = cmsgpack.pack({ base, id, name, tonumber(timestamp) })
  local packed = cmsgpack.pack(cjson.decode(options))
  local answer
  if ARGV[first + 6] ~= '0' then
    answer = addDelayedJob(
      { base .. 'marker', base .. 'meta', base .. 'id', base .. 'delayed', base .. 'completed', base .. 'events' },
      { args, data, packed })
  else
    answer = addPrioritizedJob(
      { base .. 'marker', base .. 'meta', base .. 'id', base .. 'prioritized', base .. 'delayed', base .. 'completed',
        base .. 'active', base .. 'events', base .. 'pc' },
      { args, data, packed })
  end
  if type(answer) == 'number' and answer < 0 then return 'BullMQ refused the job with code ' .. answer end
  return 0
end

local function pushWaiting(base, run, pushCmd)
  if #run > 0 then return rcall(pushCmd, base .. 'wait', unpack(run)) end
end

-- Returns the length of the wait list, or nothing when all of them were there before.
-- The order matters should one of the keys be corrupt: a list that is none refuses before anything is written, and
-- events that are none after everything is; no job is ever half there.
local function addPlain(base, plain, maxEvents)
  local events = base .. 'events'
  local isThere, fresh, run, pushCmd = {}, {}, {}, 'LPUSH'
  for _, first in ipairs(plain) do
    local id = ARGV[first + 1]
    if isThere[id] == nil then isThere[id] = rcall('EXISTS', base .. id) == 1 end
    if not isThere[id] then
      isThere[id] = true
      fresh[first] = true
      local own = ARGV[first + 8] == 'head' and 'RPUSH' or 'LPUSH'
      if own ~= pushCmd then
        pushWaiting(base, run, pushCmd)
        run, pushCmd = {}, own
      end
      run[#run + 1] = id
    end
  end
  local waiting = pushWaiting(base, run, pushCmd)
  for _, first in ipairs(plain) do
    if fresh[first] then
      local id, name, data, options, timestamp = unpack(ARGV, first + 1, first + 5)
      rcall('HSET', base .. id, 'name', name, 'data', data, 'opts', options, 'timestamp', timestamp,
        'delay', '0', 'priority', '0')
    end
  end
  -- A queue whose stream is to have no entry: nobody wants events.
  local quiet = maxEvents == '0'
  for _, first in ipairs(plain) do
    local id, name = ARGV[first + 1], ARGV[first + 2]
    if not quiet and fresh[first] then
      rcall('XADD', events, '*', 'event', 'added', 'jobId', id, 'name', name)
      rcall('XADD', events, 'MAXLEN', '~', maxEvents, '*', 'event', 'waiting', 'jobId', id)
    elseif not quiet then
      rcall('XADD', events, 'MAXLEN', '~', maxEvents, '*', 'event', 'duplicated', 'jobId', id)
    end
    codeAt(first, 0)
  end
  return waiting
end

local function addAll(ws, list)
  local base = shardPrefix .. ws .. ':'
  local meta = rcall('HMGET', base .. 'meta', 'opts.maxLenEvents', 'paused', 'concurrency')
  local maxEvents = meta[1]
  if not maxEvents then
    maxEvents = '10000'
    rcall('HSET', base .. 'meta', 'opts.maxLenEvents', maxEvents)
  end
  local plain = {}
  for _, first in ipairs(list) do
    if ARGV[first + 6] == '0' and ARGV[first + 7] == '0' then plain[#plain + 1] = first
    else codeAt(first, addStock(base, first)) end
  end
  if #plain == 0 then return runnableJobs(ws) end
  rcall('INCRBY', base .. 'id', #plain)
  local waiting = addPlain(base, plain, maxEvents)
  if waiting and not meta[2] and not (meta[3] and rcall('LLEN', base .. 'active') >= tonumber(meta[3])) then
    rcall('ZADD', base .. 'marker', 0, '0')
  end
  -- Waiting jobs run before prioritized ones.
  return #plain == #list and waiting or runnableJobs(ws)
end

-- What is asked of all workspaces is asked in one command each; most are known, and most under load are in the ring.
local known = rcall('ZMSCORE', knownKey, unpack(order))
for i, ws in ipairs(order) do
  if not known[i] then learn(ws, ARGV[2]) end
end
local backlogs, added = {}, {}
for _, ws in ipairs(order) do
  local list = jobsOf[ws]
  local ok, result = pcall(addAll, ws, list)
  if ok then
    added[#added + 1] = ws
  else
    for _, first in ipairs(list) do codeAt(first, errorText(result)) end
    result = 0
  end
  backlogs[#backlogs + 1] = ws
  backlogs[#backlogs + 1] = result
end
if #added > 0 then
  local inRing = rcall('ZMSCORE', ringKey, unpack(added))
  local someQuarantined = rcall('EXISTS', quarantineKey) == 1
  for i, ws in ipairs(added) do
    if not inRing[i] and not (someQuarantined and rcall('HEXISTS', quarantineKey, ws) == 1) then
      markReady(ws, 'added')
    end
  end
end
wakeIfEntered()
return { codes, backlogs }
