--[[
  Who looks again at a workspace without a free slot, should the finish that frees one never come: here whoever claims,
  at the time that the claim chose.

  Included by shard.lua.
]]
local SWEEP_RECHECKS = false
