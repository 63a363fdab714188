--[[
  Waking replicas that block on a list of their server: one token wakes one of them. One is enough: whoever is woken
  and cannot take everything passes it on (see claim.lua).

  Needs of its includer: shard.lua.
]]
local function wake()
  if rcall('LLEN', wakeKey) == 0 then rcall('LPUSH', wakeKey, '1') end
end

-- A token that is left over costs whoever blocks next one look.
local function nothingToWakeFor() end
