--[[
  Pass on: a replica that was woken and cannot take anything wakes another one, if there still is work.

  KEYS[1]   the shard's ring (routes the call)
  ARGV[1]   shard key prefix

  Result    1 when there is work, else 0
]]
--@include shard

if rcall('ZCARD', ringKey) == 0 then return 0 end
wake()
return 1
