--[[
  Cancel: take jobs out of their queues, or tell who runs them.

  A job under a lock is left where it is and marked: the next renewal of its lock
  carries the mark to the replica that runs it. Any other is removed with all its data.

  KEYS[1]   the shard's ring (routes the call)
  ARGV[1]   shard key prefix
  ARGV[2..] two values a job: workspace, id

  Result    a number a job: 1 removed, 2 running and marked, 0 not there, -8 planned by a job scheduler
  Cost      O(length of the queue) for a waiting job, as BullMQ's own removal
]]
--@bullmq removeJob

local results = {}
for first = 2, #ARGV, 2 do
  local base = ARGV[1] .. ARGV[first] .. ':'
  local id = ARGV[first + 1]
  if redis.call('EXISTS', base .. id) == 0 then
    results[#results + 1] = 0
  elseif redis.call('EXISTS', base .. id .. ':lock') == 1 then
    redis.call('HSET', base .. id, 'flCancel', '1')
    results[#results + 1] = 2
  else
    results[#results + 1] = removeJob({ base .. id, base .. 'repeat' }, { id, '0', base })
  end
end
return results
