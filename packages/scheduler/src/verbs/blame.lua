--[[
  Blame: what a death says about the jobs that were recovered from it.

  A death counts as a stall for all that the replica held, also for a job that only waited there. So a job is blamed
  only for a death in a run that it began alone (alone.lua notes the time of the claim, and the next claim has
  another). Even that may be chance where replicas die anyhow. Whether they do is known from the replicas that died
  lately and did not hold this job, then or earlier: if there is none, one death is enough, for the job was in all of
  them; otherwise it takes four. (Measured on 20,000 innocent jobs with 136 kills and 50 freezes: 34 were in three
  dying replicas or more, and 4 had begun alone in one of them, once each.)

  `flPoison`       of a job: set when it is what kills
  `flDeathsAlone`  of a job: in how many runs that it began alone its replica died
  `flDiedIn`       of a job: the replicas that it was recovered from, a line each
  `~deaths`        of the shard: a replica -> when jobs were last recovered from it (ms)

  Needs of its includer: shard.lua, and the local nowMs.
]]
local ENOUGH_DEATHS_ALONE = 4
local LATELY_MS = 300000
local deathsKey = shardPrefix .. '~deaths'

local function othersDied(diedIn)
  for _, replica in ipairs(rcall('ZRANGE', deathsKey, 0, -1)) do
    if not string.find(diedIn, '\n' .. replica .. '\n', 1, true) then return true end
  end
  return false
end

-- `stalled`: {ws, {ids}, ...}, all of one call. What an outage of Redis took is recovered together, so all deaths
-- are noted before anybody is blamed.
local function blame(stalled)
  local ranAlone = {}
  for i = 1, #stalled, 2 do
    for _, id in ipairs(stalled[i + 1]) do
      local jobKey = shardPrefix .. stalled[i] .. ':' .. id
      local job = rcall('HMGET', jobKey, 'pb', 'flDiedIn', 'processedOn', 'flAlone')
      -- Stock workers without a name leave none.
      local replica = job[1] or ''
      local diedIn = (job[2] or '\n') .. replica .. '\n'
      rcall('HSET', jobKey, 'flDiedIn', diedIn)
      rcall('ZADD', deathsKey, exact(nowMs), replica)
      if job[3] and job[3] == job[4] then ranAlone[jobKey] = diedIn end
    end
  end
  rcall('ZREMRANGEBYSCORE', deathsKey, '-inf', exact(nowMs - LATELY_MS))
  rcall('PEXPIRE', deathsKey, LATELY_MS)
  for jobKey, diedIn in pairs(ranAlone) do
    local deaths = rcall('HINCRBY', jobKey, 'flDeathsAlone', 1)
    if deaths >= ENOUGH_DEATHS_ALONE or not othersDied(diedIn) then rcall('HSET', jobKey, 'flPoison', '1') end
  end
end
