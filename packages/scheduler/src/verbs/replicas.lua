--[[
  Replicas: the consumers that live.

  KEYS[1]   the shard's ring (routes the call)
  ARGV[1]   shard key prefix

  Result    { id, slots, running, draining, last seen (ms), … }
]]
--@include now
--@include reporters
local live = liveConsumers(math.floor(serverTimeUs() / 1000))
return live
