--[[
  Served: adds what a replica has started lately to the counts of the shard, and how long its jobs ran to their mean.
  Replicas call it every few seconds, so that claims and finishes count nothing.

  KEYS[1]   the shard's ring (routes the call)
  ARGV[1]   shard key prefix
  ARGV[2]   how long the counts go back, ms
  ARGV[3]   completed jobs with starts fairness
  ARGV[4]   how long they ran together, ms
  ARGV[5..] workspace, starts, …

  Result    1
  Cost      two commands per workspace
]]
--@include now
--@include shard
--@include window

local LEARNING_MEAN_RUNS = 1000
local runs = tonumber(ARGV[3])
if runs > 0 then
  local latest = math.max(1, tonumber(ARGV[4]) / runs)
  local mean = tonumber(rcall('GET', meanRunKey) or '')
  rcall('SET', meanRunKey, exact(mean and mean + (latest - mean) * runs / (runs + LEARNING_MEAN_RUNS) or latest))
end

local nowMs = math.floor(serverTimeUs() / 1000)
local index = math.floor(nowMs / WINDOW_MS)
local key = windowKey(index)
local head = rcall('HMGET', key, '~from', '~all', '~weights')
local all, weights = tonumber(head[2] or '0'), tonumber(head[3] or '0')

for i = 5, #ARGV, 2 do
  local ws, starts = ARGV[i], tonumber(ARGV[i + 1])
  if rcall('HINCRBY', key, ws, starts) == starts then
    weights = weights + (tonumber(rcall('HGET', configKey(ws), 'weight') or '1'))
  end
  all = all + starts
end
local from = head[1] or exact(math.max(index * WINDOW_MS, nowMs - tonumber(ARGV[2])))
rcall('HSET', key, '~from', from, '~all', exact(all), '~weights', exact(weights))
rcall('PEXPIRE', key, 3 * WINDOW_MS)
return 1
