--[[
  Press: publish the levels of backpressure, for all dispatchers.

  Who publishes is the leader of its epoch. One of an earlier epoch, that was
  frozen and does not know it, changes nothing, also after the levels of its
  successor have expired. What is as it was keeps its version, and only lives
  on.

  KEYS[1]   the shard's ring (routes the call)
  ARGV[1]   shard key prefix
  ARGV[2]   epoch of the publisher
  ARGV[3]   how long it holds, ms
  ARGV[4]   the levels, as text that nobody here looks into

  Result    1, or 0 when a later epoch has published

  Cost      O(length of the text), once a tick
]]
local key = ARGV[1] .. '~pressure'
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
local epoch = tonumber(redis.call('HGET', key, 'epoch') or 0)
if tonumber(ARGV[2]) < epoch then return 0 end
redis.call('HSET', key,
  'epoch', ARGV[2],
  'atMs', string.format('%.0f', nowMs),
  'untilMs', string.format('%.0f', nowMs + ARGV[3]),
  'version', redis.sha1hex(ARGV[4]),
  'levels', ARGV[4])
return 1
