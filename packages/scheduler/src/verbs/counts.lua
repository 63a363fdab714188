--[[
  Counts: what each workspace has, and where it stands.

  KEYS[1]   the shard's ring (routes the call)
  ARGV[1]   shard key prefix
  ARGV[2..] workspaces

  Result    a row a workspace: {waiting, active, delayed, completed, dead, state, reason}
            state: 0 idle, 1 ready, 2 parked, 3 busy, 4 quarantined; reason: of a parked one, else -1
]]
--@include shard

local function row(ws)
  local base = shardPrefix .. ws .. ':'
  local active = rcall('LLEN', base .. 'active')
  local reason = parkedReason(ws)
  local state = 0
  if rcall('HEXISTS', quarantineKey, ws) == 1 then state = 4
  elseif reason then state = 2
  elseif rcall('ZSCORE', ringKey, ws) then state = 1
  elseif active > 0 then state = 3 end
  return { runnableJobs(ws), active, rcall('ZCARD', base .. 'delayed'), rcall('ZCARD', base .. 'completed'),
    rcall('ZCARD', base .. 'failed'), state, reason or -1 }
end

local rows = {}
for i = 2, #ARGV do
  local ok, result = pcall(row, ARGV[i])
  rows[#rows + 1] = ok and result or { 0, 0, 0, 0, 0, 4, -1 }
end
return rows
