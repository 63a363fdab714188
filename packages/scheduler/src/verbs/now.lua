-- The server's own clock in microseconds: no client's clock ever decides when a job may run.
local function serverTimeUs()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000000 + tonumber(t[2])
end
