--[[
  Recover: put jobs of dead replicas back to wait.

  Whoever gets the interval's key does the round, so no holder can die with it.
  A round looks only at busy workspaces, in slices of ARGV[5]; BullMQ's own
  moveStalledJobsToWait marks the active jobs in one round and takes those that
  nobody renewed, and whose lock is gone, in the next.

  KEYS[1]   the shard's ring (routes the call)
  ARGV[1]   shard key prefix
  ARGV[2]   interval, ms
  ARGV[3]   after how many stalls a job is failed
  ARGV[4]   '' to begin a round, or the workspace after which to go on
  ARGV[5]   workspaces a call

  Result    {0, ms until the next round} when another has this round, or
            {1, '' or the workspace to go on after, stalled {ws, {ids}, ...}}
]]
--@include now
--@include shard
--@bullmq moveStalledJobsToWait

local roundKey = shardPrefix .. '~recover'
local after = ARGV[4]
if after == '' then
  if not rcall('SET', roundKey, '1', 'NX', 'PX', ARGV[2]) then return { 0, rcall('PTTL', roundKey) } end
end
local nowMs = math.floor(serverTimeUs() / 1000)
--@include blame
local slice = tonumber(ARGV[5])
local names = rcall('ZRANGE', busyKey, after == '' and '-' or '(' .. after, '+', 'BYLEX', 'LIMIT', 0, slice)
local clock = readClock()
local stalled = {}

local function recoverOne(ws)
  local base = shardPrefix .. ws .. ':'
  local checkKey = base .. 'stalled-check'
  local ids = moveStalledJobsToWait(
    { base .. 'stalled', base .. 'wait', base .. 'active', checkKey, base .. 'meta', base .. 'paused',
      base .. 'marker', base .. 'events', base .. 'repeat' },
    { ARGV[3], base, exact(nowMs), '1' })
  rcall('DEL', checkKey)
  if #ids > 0 then
    stalled[#stalled + 1] = ws
    stalled[#stalled + 1] = ids
    local reason = parkedReason(ws)
    if reason == SLOTS or reason == DELAYED then
      unpark(ws, clock)
    elseif not reason and not rcall('ZSCORE', ringKey, ws) then
      join(ws, clock)
    end
  end
  if rcall('LLEN', base .. 'active') == 0 then rcall('ZREM', busyKey, ws) end
end

for _, ws in ipairs(names) do
  local ok, err = pcall(recoverOne, ws)
  if not ok then
    rcall('ZREM', busyKey, ws)
    quarantine(ws, err, nowMs)
  end
end
if #stalled > 0 then
  blame(stalled)
  wake()
end
return { 1, #names == slice and names[slice] or '', stalled }
