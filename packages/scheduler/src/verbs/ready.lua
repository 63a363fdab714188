--[[
  Ready: work was added to workspaces by others, or a slot of theirs was freed.

  KEYS[1]   the shard's ring (routes the call)
  ARGV[1]   shard key prefix
  ARGV[2]   'added' or 'freed'
  ARGV[3]   event stream length for queues seen for the first time
  ARGV[4..] workspaces

  Result    runnable jobs of each workspace, in order; -1 for one in quarantine
  Cost      O(log n) per workspace
]]
--@include shard
--@include mark-ready

local function look(ws)
  learn(ws, ARGV[3])
  markReady(ws, ARGV[2])
  return runnableJobs(ws)
end

local backlog = {}
for i = 4, #ARGV do
  local ws = ARGV[i]
  if rcall('HEXISTS', quarantineKey, ws) == 1 then
    backlog[#backlog + 1] = -1
  else
    local ok, result = pcall(look, ws)
    backlog[#backlog + 1] = ok and result or -1
  end
end
wakeIfEntered()
return backlog
