--[[
  Finish: complete a batch of jobs under their locks and free their slots.

  KEYS[1]   the shard's ring (routes the call)
  ARGV[1]   shard key prefix
  ARGV[2]   'wake' when the caller may not claim here next (it drains, or has other shards), else ''
  ARGV[3]   how many ways there are to keep completed jobs
  ARGV[4]   how many groups of jobs
  ARGV[5..] three values a way: how many completed jobs to keep (-1 all, 0 none), for how many seconds
            ('' for ever), how many too old ones to remove at most ('' for BullMQ's 1,000);
            then the groups, each: workspace, token, number of its way from 1, workspace of the jobs' parents
            ('' for none), how many fields each job had when it began ('' when it was not a new and plain one),
            how many jobs, and of each job its id and its result as JSON;
            then three values for each job with runtime fairness: its position from 1, what its start was charged,
            and when that was (ms)

  Result    a number a job: 0, or BullMQ's code: -1 job gone, -2 lock gone, -3 not active,
            -4 pending children, -6 lock of somebody else, -9 failed children; -99 corrupt queue;
            and last 1 when a workspace that could not run jobs may now, else 0
  Cost      three commands per plain job that is not kept, and three for all of them; BullMQ's own moveToFinished
            for others (see complete.lua); O(log n) per workspace
]]
--@include now
--@include shard

local finishedMs = math.floor(serverTimeUs() / 1000)
local nowMs = exact(finishedMs)

--@include complete
--@include settle

local at = 5
local ways = {}
for way = 1, tonumber(ARGV[3]) do
  ways[way] = { count = ARGV[at], age = ARGV[at + 1], limit = ARGV[at + 2] }
  at = at + 3
end
local groups = {}
for i = 1, tonumber(ARGV[4]) do
  local jobs = tonumber(ARGV[at + 5])
  groups[i] = {
    ws = ARGV[at], token = ARGV[at + 1], way = ways[tonumber(ARGV[at + 2])], parent = ARGV[at + 3],
    fields = tonumber(ARGV[at + 4]), first = at + 6, last = at + 5 + 2 * jobs
  }
  at = at + 6 + 2 * jobs
end

local results, workspaceOf, touched, parents = {}, {}, {}, {}
lookAhead(groups)
for _, group in ipairs(groups) do
  for job = group.first, group.last, 2 do
    local ok, code = pcall(complete, group, ARGV[job], ARGV[job + 1])
    results[#results + 1] = ok and code or -99
    workspaceOf[#results] = group.ws
    if ok then
      touched[group.ws] = true
      if code == 0 and group.parent ~= '' then parents[group.parent] = true end
    end
  end
end
removeCompleted()

if at <= #ARGV then
  local runsOf = {}
  for settlement = at, #ARGV, 3 do
    local position = tonumber(ARGV[settlement])
    if results[position] == 0 then
      local ws = workspaceOf[position]
      local runs = runsOf[ws] or {}
      runsOf[ws] = runs
      runs[#runs + 1] = ARGV[settlement + 1]
      runs[#runs + 1] = ARGV[settlement + 2]
    end
  end
  settleAll(runsOf, finishedMs)
end

local clock = readClock()
local joined = false
local workspaces, idle = {}, {}
for ws in pairs(touched) do
  local active = rcall('LLEN', shardPrefix .. ws .. ':active')
  if active == 0 then idle[#idle + 1] = ws end
  tellDrained(ws, active)
  workspaces[#workspaces + 1] = ws
end
if #idle > 0 then rcall('ZREM', busyKey, unpack(idle)) end
local parkScores = #workspaces > 0 and rcall('ZMSCORE', parkKey, unpack(workspaces)) or {}
for i, ws in ipairs(workspaces) do
  -- A queue with BullMQ's own global concurrency is parked as QUEUE_PAUSED: this finish may have made room.
  local reason = parkScores[i] and tonumber(parkScores[i]) % 8
  if reason == SLOTS or reason == QUEUE_PAUSED then
    unpark(ws, clock)
    joined = true
  end
end
for ws in pairs(parents) do
  local reason = parkedReason(ws)
  if reason == DELAYED then
    unpark(ws, clock)
    joined = true
  elseif not reason and not rcall('ZSCORE', ringKey, ws) then
    join(ws, clock)
    joined = true
  end
end
if joined and ARGV[2] == 'wake' then wake() end
results[#results + 1] = joined and 1 or 0
return results
