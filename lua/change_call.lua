#!lua flags=allow-key-locking
-- Moves a call to its next state by a row of the call table (src/core/call.ts), which comes as
-- arguments: this script knows no states of its own. The first to make a move wins; the same actor
-- asking again gets the same answer.
--
-- KEYS[1] call:session:{session}   KEYS[2] call:user:{caller}   KEYS[3] call:user:{callee}
-- ARGV[1] session   ARGV[2] states it may be in, separated by commas   ARGV[3] next state
-- ARGV[4] who moves it (an id of the attempt)   ARGV[5] milliseconds that the session and its locks live on
--
-- Result: {"ok", caller info (JSON)}, {"state", current state} or {"missing"}.

local session = redis.call("HMGET", KEYS[1], "state", "by", "caller_info")
local state = session[1]
if not state then
  return { "missing" }
end
local again = state == ARGV[3] and session[2] == ARGV[4]
if not again and not string.find("," .. ARGV[2] .. ",", "," .. state .. ",", 1, true) then
  return { "state", state }
end

local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ttl = tonumber(ARGV[5])
redis.call("HSET", KEYS[1], "state", ARGV[3], "by", ARGV[4])
redis.call("PEXPIRE", KEYS[1], ttl)
for index = 2, 3 do
  if redis.call("HGET", KEYS[index], "session") == ARGV[1] then
    redis.call("HSET", KEYS[index], "until", now + ttl)
    redis.call("PEXPIRE", KEYS[index], ttl)
  end
end
return { "ok", session[3] or "" }
