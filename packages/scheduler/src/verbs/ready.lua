--[[
  Ready: work was added to workspaces, or a slot of theirs was freed.

  KEYS[1]   the shard's ring (routes the call)
  ARGV[1]   shard key prefix
  ARGV[2]   'added' or 'freed'
  ARGV[3]   event stream length for queues seen for the first time
  ARGV[4..] workspaces

  Result    runnable jobs of each workspace, in order; -1 for one in quarantine
  Cost      O(log n) per workspace
]]
--@include shard

local clock
local woken = false
local backlog = {}

local function enter(ws, unparking)
  clock = clock or readClock()
  if unparking then unpark(ws, clock) else join(ws, clock) end
  woken = true
end

local function markReady(ws)
  if not rcall('ZSCORE', ringKey, ws) then
    local reason = parkedReason(ws)
    if not reason then
      if rcall('ZADD', knownKey, 'NX', 0, ws) == 1 then
        rcall('HSET', shardPrefix .. ws .. ':meta', 'opts.maxLenEvents', ARGV[3])
      end
      enter(ws, false)
    elseif reason == DELAYED or (ARGV[2] == 'freed' and (reason == SLOTS or reason == QUEUE_PAUSED)) then
      enter(ws, true)
    end
  end
  if ARGV[2] == 'freed' and rcall('LLEN', shardPrefix .. ws .. ':active') == 0 then rcall('ZREM', busyKey, ws) end
  return runnableJobs(ws)
end

for i = 4, #ARGV do
  local ws = ARGV[i]
  if rcall('HEXISTS', quarantineKey, ws) == 1 then
    backlog[#backlog + 1] = -1
  else
    local ok, result = pcall(markReady, ws)
    backlog[#backlog + 1] = ok and result or -1
  end
end
if woken then wake() end
return backlog
