--[[
  Waking replicas in a cluster, where nobody can block on lists in several slots: all that are subscribed hear the bell
  of the shard, and the one that gets the token comes. While a token lies there the bell was rung already.

  Needs of its includer: shard.lua.
]]
local function wake()
  if rcall('LLEN', wakeKey) > 0 then return end
  rcall('LPUSH', wakeKey, '1')
  rcall('SPUBLISH', wakeKey, '1')
end

-- A token that is left over would keep the bell from ringing.
local function nothingToWakeFor() rcall('DEL', wakeKey) end
