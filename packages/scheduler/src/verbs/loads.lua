--[[
  Loads: what workspaces have to do, and what they may do, for the controller.

  KEYS[1]   the shard's ring (routes the call)
  ARGV[1]   shard key prefix
  ARGV[2..] workspaces, at most some hundred

  Result    {now us, rows}; a workspace with a corrupt queue has no row
            a row: {workspace, due and not started, in flight, reason when parked or -1,
             when the oldest runnable job became runnable (ms, or ''), and, where something is set, the settings
             as counts.lua has them}
  Cost      four commands per workspace, and two more where something waits; none grows with a queue
]]
--@include now
--@include shard

local nowUs = serverTimeUs()
local nowMs = math.floor(nowUs / 1000)
--@include oldest

-- BullMQ's scores of delayed jobs: due at or before now.
local dueNow = '(' .. exact((nowMs + 1) * 4096)

local function row(ws, parked)
  local base = shardPrefix .. ws .. ':'
  local waiting = rcall('LLEN', base .. 'wait')
  local prioritized, due = 0, 0
  if rcall('EXISTS', base .. 'prioritized', base .. 'delayed') > 0 then
    prioritized = rcall('ZCARD', base .. 'prioritized')
    due = rcall('ZCOUNT', base .. 'delayed', '-inf', dueNow)
  end
  local backlog = waiting + prioritized + due
  local oldest = backlog > 0 and oldestRunnable(base, waiting, prioritized, due)
  local result = { ws, backlog, rcall('LLEN', base .. 'active'), parked and tonumber(parked) % 8 or -1,
    oldest and exact(oldest) or '' }
  local set, isSet = settings(ws)
  if isSet then
    for i, value in ipairs(set) do result[5 + i] = value end
  end
  return result
end

local rows = {}
local parked = rcall('ZMSCORE', parkKey, unpack(ARGV, 2))
for i = 2, #ARGV do
  local ok, result = pcall(row, ARGV[i], parked[i - 1])
  if ok then rows[#rows + 1] = result end
end
return { exact(nowUs), rows }
