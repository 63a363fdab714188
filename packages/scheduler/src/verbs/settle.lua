--[[
  Settling: what jobs with runtime fairness really took, in place of the estimate that their start was charged.

  Their workspace's tag moves by the difference, forward or back; it may fall behind the clock, for then the workspace
  was held back for too long. What it was charged while it was away for good is not known any more, and stays.

  Needs of its includer: shard.lua.
]]
local LEARNING_RUNS = 8
local LEAST_RUN_MS = 1

-- `runs`: {charged, when it started (ms), ...} as text, of one workspace.
local function settle(ws, runs, nowMs)
  local key = configKey(ws)
  local config = rcall('HMGET', key, 'weight', 'cost', 'tag')
  -- Starts fairness by now.
  if not config[2] then return end
  local weight, estimateMs = tonumber(config[1]) or 1, tonumber(config[2])
  local inRing = rcall('ZSCORE', ringKey, ws)
  local tag = tonumber(inRing or config[3] or '')
  local meanRunMs = readMeanRun()
  for i = 1, #runs, 2 do
    local ranMs = math.max(LEAST_RUN_MS, nowMs - tonumber(runs[i + 1]))
    estimateMs = estimateMs and estimateMs + (ranMs - estimateMs) / LEARNING_RUNS or ranMs
    if tag then tag = tag + (ranMs / meanRunMs - tonumber(runs[i])) / weight end
  end
  rcall('HSET', key, 'cost', exact(estimateMs))
  if inRing then rcall('ZADD', ringKey, exact(tag), ws)
  elseif tag then rcall('HSET', key, 'tag', exact(tag)) end
end

-- `runsOf`: such lists by workspace.
local function settleAll(runsOf, nowMs)
  for ws, runs in pairs(runsOf) do pcall(settle, ws, runs, nowMs) end
end
