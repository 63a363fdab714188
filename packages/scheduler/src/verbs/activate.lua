--[[
  Activation: how a claim takes jobs out of one queue, BullMQ's own semantics throughout.

      queue ──┬─ plain ──▶ lean: what is the same for all jobs of a visit is read once
              └─ other ──▶ BullMQ's moveToActive, job by job

  A queue is plain when nothing of BullMQ's stands between its wait list and a job: it is not paused, has no
  global concurrency, no rate limit and no delayed job that is due. Then activating a job is a lock, an event
  and three fields of its hash; no markers are written, since no replica blocks on them. The parity tests hold
  both ways to BullMQ's answers and keys.

  Needs of its includer: shard.lua, and the locals nowMs, lock, lockToken, lockMs, replica, give(ws, id, hash); and
  that `active` is known to be a list, or nothing.
]]
--@bullmq moveToActive

local function stillBorn(activeKey, base, id)
  rcall('LREM', activeKey, 1, id)
  rcall('DEL', base .. id, base .. id .. ':lock')
end

-- One job through BullMQ's own text. Returns 'job', 'gone' (its hash had vanished; it was removed), or nil
-- and BullMQ's rate-limit ttl and next delayed time.
local function activateStock(ws, keys, base)
  local answer = moveToActive(keys, { base, exact(nowMs), lock() })
  local hash = answer[1]
  if type(hash) ~= 'table' then return nil, tonumber(answer[3]), tonumber(answer[4]) end
  for i = 1, #hash, 2 do
    if hash[i] == 'name' then
      give(ws, answer[2], hash)
      return 'job'
    end
  end
  stillBorn(keys[2], base, answer[2])
  return 'gone'
end

-- What a plain job has in its hash, and where each stands in a short answer, which has no names: SHORT_ANSWER in
-- claimed-job.ts. All but the first are always there.
local PLACES = { ats = 1, name = 2, data = 3, opts = 4, timestamp = 5, delay = 6, priority = 7 }

local function countStart(hash)
  for i = 1, #hash, 2 do
    if hash[i] == 'ats' then
      hash[i + 1] = tostring(tonumber(hash[i + 1]) + 1)
      return hash[i + 1]
    end
  end
  hash[#hash + 1], hash[#hash + 2] = 'ats', '1'
  return '1'
end

-- A job whose id is in `active` already. False when its hash had vanished; then it was removed. `eventsKey`: its queue's
-- stream, or nil for no events.
local function activateLean(ws, base, activeKey, id, eventsKey)
  local jobKey = base .. id
  local hash = rcall('HGETALL', jobKey)
  local short, fields = { false, false, false, false, false, false, false }, #hash
  for i = 1, fields, 2 do
    local place = PLACES[hash[i]]
    if place then short[place] = hash[i + 1] end
  end
  if not short[2] then
    stillBorn(activeKey, base, id)
    return false
  end
  local answer, started = hash, nil
  if fields == 12 and not short[1] and short[3] and short[4] and short[5] and short[6] and short[7] then
    answer, started = short, '1'
    short[1] = started
  else
    -- As text: Redis turns each number that it is given into 17 digits.
    started = countStart(hash)
  end
  rcall('SET', jobKey .. ':lock', lockToken, 'PX', lockMs)
  if eventsKey then rcall('XADD', eventsKey, '*', 'event', 'active', 'jobId', id, 'prev', 'waiting') end
  rcall('HSET', jobKey, 'processedOn', nowText, 'pb', replica, 'ats', started)
  give(ws, id, answer)
  return true
end

-- Up to `most` ids from wait to active, oldest first. What is taken is never lost: `active` is a list.
local function takeWaiting(base, activeKey, most)
  if most == 1 then return { rcall('RPOPLPUSH', base .. 'wait', activeKey) or nil } end
  local ids = rcall('RPOP', base .. 'wait', most)
  if not ids then return {} end
  rcall('LPUSH', activeKey, unpack(ids))
  return ids
end

-- Activates up to `most` jobs, and gives up after `patience` vanished ones. Returns how many started and how many
-- had vanished; when the queue gave no more, also 'empty' or, when BullMQ holds jobs back, 'held'; with the
-- rate-limit ttl and the time of the next delayed job (ms, 0 for none).
--
-- `mayDelay` is false when the queue is known to have no delayed jobs.
local function activate(ws, base, most, patience, mayDelay)
  local activeKey = base .. 'active'
  local started, gone = 0, 0
  local meta = rcall('HMGET', base .. 'meta', 'paused', 'concurrency', 'max', 'opts.maxLenEvents')
  local eventsKey = meta[4] ~= '0' and base .. 'events' or nil
  local due = mayDelay and rcall('ZRANGE', base .. 'delayed', '0', '0', 'WITHSCORES')
  local dueMs = due and due[2] and tonumber(due[2]) / 4096 or 0
  local plain = not (meta[1] or meta[2] or meta[3]) and (dueMs == 0 or dueMs >= nowMs + 1)
  while plain and started < most and gone < patience do
    local wanted = math.min(most - started, patience - gone)
    local ids = takeWaiting(base, activeKey, wanted)
    for _, id in ipairs(ids) do
      if activateLean(ws, base, activeKey, id, eventsKey) then started = started + 1 else gone = gone + 1 end
    end
    if #ids < wanted then
      plain = false
      if rcall('ZCARD', base .. 'prioritized') == 0 then
        -- As BullMQ does: the order of arrival starts anew once nobody prioritized is left.
        rcall('DEL', base .. 'pc')
        return started, gone, 'empty', 0, dueMs
      end
    end
  end
  if plain then return started, gone end
  local keys = queueKeys(ws)
  while started < most and gone < patience do
    local kind, ttl, nextMs = activateStock(ws, keys, base)
    if kind == 'job' then started = started + 1
    elseif kind == 'gone' then gone = gone + 1
    else return started, gone, 'held', ttl, nextMs end
  end
  return started, gone
end
