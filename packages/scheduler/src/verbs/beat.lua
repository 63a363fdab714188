--[[
  Beat: raise a shard's beat, if it still is what the caller saw.

  A beat that was sent before Redis went away may arrive after it has come back without its last seconds. It
  must not cover that loss up: so it says which generation and beat it was meant to follow.

  KEYS[1]   the shard's ring (routes the call)
  ARGV[1]   shard key prefix
  ARGV[2]   generation seen
  ARGV[3]   beat seen, '' for none
  ARGV[4]   new beat

  Result    1, or 0 when the shard is another than was seen
]]
local beatKey = ARGV[1] .. '~beat'
if redis.call('GET', ARGV[1] .. '~gen') ~= ARGV[2] then return 0 end
if (redis.call('GET', beatKey) or '') ~= ARGV[3] then return 0 end
redis.call('SET', beatKey, ARGV[4])
return 1
