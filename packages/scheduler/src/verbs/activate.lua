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

local function hasName(hash)
  for i = 1, #hash, 2 do
    if hash[i] == 'name' then return true end
  end
  return false
end

-- One job through BullMQ's own text. Returns 'job', 'gone' (its hash had vanished; it was removed), or nil
-- and BullMQ's rate-limit ttl and next delayed time.
local function activateStock(ws, keys, base)
  local answer = moveToActive(keys, { base, exact(nowMs), lock() })
  local hash = answer[1]
  if type(hash) ~= 'table' then return nil, tonumber(answer[3]), tonumber(answer[4]) end
  if hasName(hash) then
    give(ws, answer[2], hash)
    return 'job'
  end
  stillBorn(keys[2], base, answer[2])
  return 'gone'
end

-- The answer for a job that was never begun and has nothing special: the values of its six fields and how often it is
-- begun now, without their names, for which see SHORT_ANSWER in claimed-job.ts. Nil for others.
local function shortAnswer(jobKey)
  if rcall('HLEN', jobKey) ~= 6 then return end
  local values = rcall('HMGET', jobKey, 'name', 'data', 'opts', 'timestamp', 'delay', 'priority')
  if not (values[1] and values[2] and values[3] and values[4] and values[5] and values[6]) then return end
  values[7] = '1'
  return values
end

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
  -- As text: Redis turns each number that it is given into 17 digits.
  local answer, started = shortAnswer(jobKey), '1'
  if not answer then
    answer = rcall('HGETALL', jobKey)
    if not hasName(answer) then
      stillBorn(activeKey, base, id)
      return false
    end
    started = countStart(answer)
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
