-- What was started in windows of time: a hash each, workspace -> starts, and next to them (no slug begins with ~)
-- ~all: their sum, ~weights: the sum of the weights of those who were served, ~from: when counting began (ms).
local WINDOW_MS = 20000
local function windowKey(index) return shardPrefix .. '~served:' .. exact(index) end
