--[[
  Read reports: the next entries of the stream.

  KEYS[1]   the shard's ring (routes the call)
  ARGV[1]   shard key prefix
  ARGV[2]   id of the entry after which to read
  ARGV[3]   name of the stream that it is in
  ARGV[4]   how many at most

  Result    { name of the stream, number of its newest entry, entries as XRANGE gives them }
            of another stream than the one named all is read
]]
local log = redis.call('HMGET', ARGV[1] .. '~report-log', 'name', 'number')
local name = log[1] or ''
local after = name == ARGV[3] and '(' .. ARGV[2] or '-'
local entries = redis.call('XRANGE', ARGV[1] .. '~reports', after, '+', 'COUNT', ARGV[4])
return { name, tonumber(log[2] or '0'), entries }
