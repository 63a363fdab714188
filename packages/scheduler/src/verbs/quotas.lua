--[[
  Quotas: put workspaces on their place of the ladder; it holds from the next
  claim on, for the backlog that is already there too.

  Who writes is the leader of its epoch. One of an earlier epoch, that was
  frozen and does not know it, changes nothing.

  KEYS[1]   the shard's ring (routes the call)
  ARGV[1]   shard key prefix
  ARGV[2]   epoch of the writer
  ARGV[3..] two values a workspace: name, quota; '' means the base, which is not stored

  Result    1, or 0 when a later epoch has written
  Cost      two commands per workspace, and O(log n) for one that is woken
]]
--@include shard

local epochKey = shardPrefix .. '~epoch'
if tonumber(ARGV[2]) < tonumber(rcall('GET', epochKey) or '0') then return 0 end
rcall('SET', epochKey, ARGV[2])

local clock = readClock()
local woken = false

local function write(ws, quota)
  if quota == '' then rcall('HDEL', configKey(ws), 'quota') else rcall('HSET', configKey(ws), 'quota', quota) end
  local reason = parkedReason(ws)
  if reason == SLOTS or reason == TOKENS then
    unpark(ws, clock)
    woken = true
  end
end

-- pcall: a settings key that is not a hash is the next configure's to replace.
for i = 3, #ARGV, 2 do pcall(write, ARGV[i], ARGV[i + 1]) end
if woken then wake() end
return 1
