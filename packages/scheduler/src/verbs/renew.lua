--[[
  Renew: extend the locks of a replica's running jobs, and say which of them were cancelled.

  KEYS[1]   the shard's ring (routes the call)
  ARGV[1]   shard key prefix
  ARGV[2]   lock duration, ms
  ARGV[3..] three values a job: workspace, id, token

  Result    {lost, cancelled}: the zero-based positions of the jobs whose lock is lost, and of those that
            were cancelled while they run (see cancel.lua)
  Cost      four commands a job
]]
local lost, cancelled = {}, {}
for first = 3, #ARGV, 3 do
  local base = ARGV[1] .. ARGV[first] .. ':'
  local id = ARGV[first + 1]
  local lockKey = base .. id .. ':lock'
  if redis.call('GET', lockKey) == ARGV[first + 2] then
    redis.call('PEXPIRE', lockKey, ARGV[2])
    -- Jobs left in this set are the ones that nobody renewed: see recover.lua.
    redis.call('SREM', base .. 'stalled', id)
    if redis.call('HEXISTS', base .. id, 'flCancel') == 1 then cancelled[#cancelled + 1] = (first - 3) / 3 end
  else
    lost[#lost + 1] = (first - 3) / 3
  end
end
return { lost, cancelled }
