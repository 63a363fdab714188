--[[
  Counts: what each workspace has, where it stands, and what service it had lately.

  KEYS[1]   the shard's ring (routes the call)
  ARGV[1]   shard key prefix
  ARGV[2..] workspaces

  Result    {now ms, whether a replica is alive, starts of all in the last window, weights of those served,
             length of the window in ms or 0, rows}
            a row: {waiting, active, delayed, completed, dead, state, reason, parked until ms, lag,
             when the oldest runnable job became runnable (ms, or ''), starts,
             weight, concurrency, rate, burst, paused, tokens, tokensAt, quota, runtime (as stored, '' for the default)}
            state: 0 idle, 1 ready, 2 parked, 3 busy, 4 quarantined; reason: of a parked one, else -1
  Cost      about twelve commands per workspace, none of which grows with its queue
]]
--@include now
--@include shard
--@include window

local nowMs = math.floor(serverTimeUs() / 1000)
local clock = readClock()

-- The last window that tells something: one that is younger than half of its length says little as yet.
local function lastWindow()
  local index = math.floor(nowMs / WINDOW_MS)
  local from = tonumber(rcall('HGET', windowKey(index), '~from') or '')
  if from and nowMs - from >= WINDOW_MS / 2 then return windowKey(index), from, nowMs end
  local before = tonumber(rcall('HGET', windowKey(index - 1), '~from') or '')
  if before then return windowKey(index - 1), before, index * WINDOW_MS end
  return windowKey(index), from, nowMs
end
local servedKey, servedFrom, servedUntil = lastWindow()
local windowMs = servedFrom and math.max(1, servedUntil - servedFrom) or 0
local all = rcall('HMGET', servedKey, '~all', '~weights')

--@include oldest

local function row(ws, starts)
  local base = shardPrefix .. ws .. ':'
  local waiting = rcall('LLEN', base .. 'wait')
  local active = rcall('LLEN', base .. 'active')
  local prioritized = rcall('ZCARD', base .. 'prioritized')
  local delayed = rcall('ZCARD', base .. 'delayed')
  local parked = tonumber(rcall('ZSCORE', parkKey, ws) or '')
  local ring = rcall('ZSCORE', ringKey, ws)
  local state = 0
  if rcall('HEXISTS', quarantineKey, ws) == 1 then state = 4
  elseif parked then state = 2
  elseif ring then state = 1
  elseif active > 0 then state = 3 end
  local tag = tonumber(ring or rcall('HGET', configKey(ws), 'tag') or '')
  local oldest = oldestRunnable(base, waiting, prioritized, delayed)
  local result = { waiting + prioritized, active, delayed, rcall('ZCARD', base .. 'completed'),
    rcall('ZCARD', base .. 'failed'), state, parked and parked % 8 or -1, exact(parked and math.floor(parked / 8) or 0),
    exact(tag and clock - tag or 0), oldest and exact(oldest) or '', starts or '0' }
  for _, value in ipairs(settings(ws)) do result[#result + 1] = value end
  return result
end

local rows = {}
for i = 2, #ARGV do
  local ok, result = pcall(row, ARGV[i], rcall('HGET', servedKey, ARGV[i]))
  rows[#rows + 1] = ok and result or { 0, 0, 0, 0, 0, 4, -1, '0', '0', '', '0', '', '', '', '', '', '', '', '', '' }
end
-- One replica sweeps every second, and one begins a round of recovery every few; either tells that there is one.
local alive = rcall('EXISTS', shardPrefix .. '~sweeper', shardPrefix .. '~recover') > 0
return { exact(nowMs), alive and 1 or 0, all[1] or '0', all[2] or '0', windowMs, rows }
