--[[
  Since when the job of a queue that waits longest could have run.

  Needs of its includer: the local nowMs.
]]

-- When a job became runnable: with its delay over, or, of a retry, when its last attempt began.
local function runnableSince(jobKey)
  local job = redis.call('HMGET', jobKey, 'timestamp', 'opts', 'processedOn')
  local since = tonumber(job[1] or '')
  if not since then return end
  if job[3] then return math.max(since, tonumber(job[3]) or 0) end
  -- Few jobs have a delay, and decoding costs as much as three commands.
  if job[2] and string.find(job[2], '"delay"', 1, true) then
    local ok, opts = pcall(cjson.decode, job[2])
    if ok and type(opts) == 'table' and type(opts.delay) == 'number' then since = since + opts.delay end
  end
  return since
end

-- Looks at the heads of the lists that hold something; nil when nothing could run.
local function oldestRunnable(base, waiting, prioritized, delayed)
  local oldest
  local function consider(since)
    if since and (not oldest or since < oldest) then oldest = since end
  end
  if waiting > 0 then consider(runnableSince(base .. redis.call('LINDEX', base .. 'wait', -1))) end
  if prioritized > 0 then
    consider(runnableSince(base .. redis.call('ZRANGE', base .. 'prioritized', 0, 0)[1]))
  end
  if delayed > 0 then
    -- Due, and not promoted yet: nobody has looked.
    local due = math.floor(tonumber(redis.call('ZRANGE', base .. 'delayed', 0, 0, 'WITHSCORES')[2]) / 4096)
    if due <= nowMs then consider(due) end
  end
  return oldest
end
