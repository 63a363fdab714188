--[[
  Who looks again at a workspace without a free slot, should the finish that frees one never come. In a cluster each
  replica would ask each shard once a second, only to hear that nothing has changed: there the sweep looks, which is at
  the shard anyway.

  Included by shard.lua.
]]
local SWEEP_RECHECKS = true
