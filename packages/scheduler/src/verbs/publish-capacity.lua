--[[
  Publish capacity: how many attempts may run at once in the cluster.

  Who publishes is the leader of its epoch. One of an earlier epoch, that was
  frozen and does not know it, changes nothing.

  KEYS[1]   the shard's ring (routes the call)
  ARGV[1]   shard key prefix
  ARGV[2]   capacity
  ARGV[3]   epoch of the publisher

  Result    1, or 0 when a later epoch has published
]]
local key = ARGV[1] .. '~capacity'
if tonumber(ARGV[3]) < tonumber(redis.call('HGET', key, 'epoch') or '0') then return 0 end
local time = redis.call('TIME')
redis.call('HSET', key, 'capacity', ARGV[2], 'epoch', ARGV[3], 'atMs', time[1] .. string.sub('000000' .. time[2], -6, -4))
return 1
