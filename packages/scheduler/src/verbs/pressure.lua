--[[
  Pressure: read the levels of backpressure.

  KEYS[1]   the shard's ring (routes the call)
  ARGV[1]   shard key prefix
  ARGV[2]   version that the caller has, or ''

  Result    nil when nobody presses: nothing was published, or it has expired
            { version, ms since it was published, ms until it expires }
            the same and the levels, when the version is another

  Cost      O(1) when the version is the same, as it nearly always is
]]
local key = ARGV[1] .. '~pressure'
local found = redis.call('HMGET', key, 'version', 'atMs', 'untilMs')
if not found[1] then return nil end
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
local left = found[3] - nowMs
if left <= 0 then return nil end
local answer = { found[1], nowMs - found[2], left }
if found[1] ~= ARGV[2] then answer[4] = redis.call('HGET', key, 'levels') end
return answer
