--[[
  Becoming ready: what follows for the shard's sets from work that was added, or a slot that was freed.

  Needs of its includer: shard.lua. The caller ends with wakeIfEntered().
]]
local clock
local entered = false

local function enter(ws, unparking)
  clock = clock or readClock()
  if unparking then unpark(ws, clock) else join(ws, clock) end
  entered = true
end

-- `because` is 'added' or 'freed'.
local function markReady(ws, because)
  if not rcall('ZSCORE', ringKey, ws) then
    local reason = parkedReason(ws)
    if not reason then
      enter(ws, false)
    elseif reason == DELAYED or (because == 'freed' and (reason == SLOTS or reason == QUEUE_PAUSED)) then
      enter(ws, true)
    end
  end
  if because == 'freed' and rcall('LLEN', shardPrefix .. ws .. ':active') == 0 then rcall('ZREM', busyKey, ws) end
end

-- A queue that is seen for the first time gets our length of event streams instead of BullMQ's 10,000.
local function learn(ws, eventStreamLength)
  if rcall('ZADD', knownKey, 'NX', 0, ws) == 1 then
    rcall('HSET', shardPrefix .. ws .. ':meta', 'opts.maxLenEvents', eventStreamLength)
  end
end

local function wakeIfEntered()
  if entered then wake() end
end
