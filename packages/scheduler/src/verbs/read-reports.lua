--[[
  Read reports: the next entries of the stream.

  KEYS[1]   the shard's ring (routes the call)
  ARGV[1]   shard key prefix
  ARGV[2]   id of the entry after which to read
  ARGV[3]   how many at most

  Result    { number of the newest entry, entries as XRANGE gives them }
]]
local entries = redis.call('XRANGE', ARGV[1] .. '~reports', '(' .. ARGV[2], '+', 'COUNT', ARGV[3])
return { tonumber(redis.call('HGET', ARGV[1] .. '~report-log', 'number') or '0'), entries }
