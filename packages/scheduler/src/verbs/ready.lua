--[[
  Ready: work was added to workspaces by others, or a slot of theirs was freed.

  KEYS[1]   the shard's ring (routes the call)
  ARGV[1]   shard key prefix
  ARGV[2]   'added' or 'freed'
  ARGV[3]   event stream length for queues seen for the first time
  ARGV[4]   how many workspaces
  ARGV[5..] workspaces; then three values for each job with runtime fairness that freed a slot: its workspace,
            what its start was charged, and when that was (ms)

  Result    runnable jobs of each workspace, in order; -1 for one in quarantine
  Cost      O(log n) per workspace
]]
--@include now
--@include shard
--@include mark-ready
--@include settle

local function look(ws)
  learn(ws, ARGV[3])
  markReady(ws, ARGV[2])
  return runnableJobs(ws)
end

local settlements = 5 + tonumber(ARGV[4])
if #ARGV >= settlements then
  local runsOf = {}
  for at = settlements, #ARGV, 3 do
    local runs = runsOf[ARGV[at]] or {}
    runsOf[ARGV[at]] = runs
    runs[#runs + 1] = ARGV[at + 1]
    runs[#runs + 1] = ARGV[at + 2]
  end
  settleAll(runsOf, math.floor(serverTimeUs() / 1000))
end

local backlog = {}
for i = 5, settlements - 1 do
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
