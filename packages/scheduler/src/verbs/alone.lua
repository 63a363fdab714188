--[[
  Alone: note in a job that it starts now, alone in its replica. A death of the replica in this run speaks against the
  job; see blame.lua.

  KEYS[1]   the shard's ring (routes the call)
  ARGV[1]   shard key prefix
  ARGV[2]   workspace
  ARGV[3]   job id
  ARGV[4]   lock token

  Result    1, or 0 when the lock is not the caller's any more, or the job is gone
  Cost      three commands
]]
local jobKey = ARGV[1] .. ARGV[2] .. ':' .. ARGV[3]
if redis.call('GET', jobKey .. ':lock') ~= ARGV[4] then return 0 end
local claimedAt = redis.call('HGET', jobKey, 'processedOn')
if not claimedAt then return 0 end
redis.call('HSET', jobKey, 'flAlone', claimedAt)
return 1
