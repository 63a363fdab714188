--[[
  Finish: complete a batch of jobs under their locks and free their slots.

  KEYS[1]   the shard's ring (routes the call)
  ARGV[1]   shard key prefix
  ARGV[2]   'wake' when the caller may not claim here next (it drains, or has other shards), else ''
  ARGV[3]   how many jobs
  ARGV[4..] eight values a job: workspace, id, token, result as JSON, how many completed jobs to keep
            (-1 all, 0 none), for how many seconds ('' for ever), how many too old ones to remove at most
            ('' for BullMQ's 1,000), and the workspace of its parent ('' for none);
            then three values for each job with runtime fairness: its position from 1, what its start was charged,
            and when that was (ms)

  Result    a number a job: 0, or BullMQ's code: -1 job gone, -2 lock gone, -3 not active,
            -4 pending children, -6 lock of somebody else, -9 failed children; -99 corrupt queue
  Cost      six commands per plain job that is not kept, BullMQ's own moveToFinished for others (see
            complete.lua); O(log n) per workspace
]]
--@include now
--@include shard

local finishedMs = math.floor(serverTimeUs() / 1000)
local nowMs = exact(finishedMs)
local FIELDS, FIRST = 8, 4
local settlements = FIRST + FIELDS * tonumber(ARGV[3])
local results, touched, parents = {}, {}, {}

--@include complete
--@include settle

for first = FIRST, settlements - 1, FIELDS do
  local ok, code = pcall(complete, unpack(ARGV, first, first + 6))
  results[#results + 1] = ok and code or -99
  if ok then
    touched[ARGV[first]] = true
    if code == 0 and ARGV[first + 7] ~= '' then parents[ARGV[first + 7]] = true end
  end
end

if #ARGV >= settlements then
  local runsOf = {}
  for at = settlements, #ARGV, 3 do
    local position = tonumber(ARGV[at])
    if results[position] == 0 then
      local ws = ARGV[FIRST + FIELDS * (position - 1)]
      local runs = runsOf[ws] or {}
      runsOf[ws] = runs
      runs[#runs + 1] = ARGV[at + 1]
      runs[#runs + 1] = ARGV[at + 2]
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
return results
