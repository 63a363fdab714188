-- Who reports: a hash, reporter -> 'id of its last report, kind, slots, running, draining, last seen (ms)'.
local reportersKey = ARGV[1] .. '~reporters'
-- Three of the reports that an idle replica sends.
local LIVE_MS = 15000
-- As long as reports are kept: one that was taken may be sent again until then.
local REPORTS_KEPT_MS = 900000

-- The consumers that live: id, slots, running, draining, last seen, one after the other; a drained one has left.
-- And the names of reporters that nobody needs to remember.
local function liveConsumers(nowMs)
  local all = redis.call('HGETALL', reportersKey)
  local live, forgotten = {}, {}
  for i = 1, #all, 2 do
    local kind, slots, running, draining, seenMs =
      string.match(all[i + 1], '^%S+ (%a) (%d+) (%d+) (%d) (%d+)$')
    local agoMs = nowMs - tonumber(seenMs)
    if agoMs > REPORTS_KEPT_MS then
      forgotten[#forgotten + 1] = all[i]
    elseif kind == 'c' and agoMs <= LIVE_MS and not (draining == '1' and running == '0') then
      local n = #live
      live[n + 1], live[n + 2], live[n + 3], live[n + 4], live[n + 5] = all[i], slots, running, draining, seenMs
    end
  end
  return live, forgotten
end
