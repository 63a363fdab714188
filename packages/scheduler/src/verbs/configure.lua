--[[
  Configure: write a workspace's settings; they hold from the next claim on, for
  the backlog that is already there too.

  KEYS[1]   the shard's ring (routes the call)
  ARGV[1]   shard key prefix
  ARGV[2]   event stream length for queues seen for the first time
  ARGV[3..] seven values a workspace: name, weight, concurrency (0: unlimited, '': its quota), rate and burst
            (a number, or 'quota'), paused and runtime fairness ('1' or '');
            '' means the default, and what is default is not stored

  Result    1
]]
--@include shard

local clock = readClock()
local woken = false
local FIELDS = { 'weight', 'concurrency', 'rate', 'burst', 'paused' }

local function runnableNow(ws)
  local ok, count = pcall(function()
    return runnableJobs(ws) + rcall('ZCARD', shardPrefix .. ws .. ':delayed')
  end)
  return ok and count > 0
end

local function configure(first)
  local ws = ARGV[first]
  local key = configKey(ws)
  for i, field in ipairs(FIELDS) do
    local value = ARGV[first + i]
    if value == '' then rcall('HDEL', key, field) else rcall('HSET', key, field, value) end
  end
  -- With runtime fairness the estimate of a run is there, empty until something has run.
  if ARGV[first + 6] == '' then rcall('HDEL', key, 'cost') else rcall('HSETNX', key, 'cost', '') end
  if ARGV[first + 3] == '' then rcall('HDEL', key, 'tokens', 'tokensAt') end
  if rcall('ZADD', knownKey, 'NX', 0, ws) == 1 then
    -- pcall: the queue may be there already, and be corrupt.
    pcall(rcall, 'HSET', shardPrefix .. ws .. ':meta', 'opts.maxLenEvents', ARGV[2])
  end
  release(ws)
  -- What parked it may be gone: let the next claim look.
  if parkedReason(ws) then
    unpark(ws, clock)
    woken = true
  elseif not rcall('ZSCORE', ringKey, ws) and runnableNow(ws) then
    join(ws, clock)
    woken = true
  end
end

for first = 3, #ARGV, 7 do
  -- A settings key that is not a hash is replaced: it can hold nothing that is meant, and without settings no
  -- quota of the workspace would hold.
  if not pcall(configure, first) then
    rcall('DEL', configKey(ARGV[first]))
    configure(first)
  end
end
if woken then wake() end
return 1
