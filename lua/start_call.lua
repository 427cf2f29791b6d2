#!lua flags=allow-key-locking
-- Starts a call: takes the locks of both users, or says who has one. Healing is part of it: a lock
-- past its own deadline, or one that holds a session the caller knows to be over, counts as free.
-- Run again with the same session, it answers as it did the first time and changes nothing.
--
-- KEYS[1] call:session:{session}   KEYS[2] call:user:{caller}   KEYS[3] call:user:{callee}
-- ARGV[1] session   ARGV[2] caller   ARGV[3] callee   ARGV[4] caller info (JSON)
-- ARGV[5] milliseconds the locks hold   ARGV[6] sessions known to be over, separated by commas
--
-- Result: {"ok"} or {"busy", "caller" | "callee", session, peer, role, age in milliseconds} of the
-- lock that is in the way; the caller's is looked at first.

local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local over = "," .. ARGV[6] .. ","

local mine = 0
for index, side in ipairs({ "caller", "callee" }) do
  local lock = redis.call("HMGET", KEYS[index + 1], "session", "until", "peer", "role", "since")
  local session = lock[1]
  if session == ARGV[1] then
    mine = mine + 1
  elseif
    session
    and tonumber(lock[2]) > now
    and not string.find(over, "," .. session .. ",", 1, true)
  then
    return { "busy", side, session, lock[3], lock[4], tostring(now - tonumber(lock[5])) }
  end
end
if mine == 2 and redis.call("EXISTS", KEYS[1]) == 1 then
  return { "ok" }
end

local ttl = tonumber(ARGV[5])
local function lock(key, peer, role)
  redis.call("DEL", key)
  redis.call("HSET", key, "session", ARGV[1], "until", now + ttl, "peer", peer, "role", role, "since", now)
  redis.call("PEXPIRE", key, ttl)
end
lock(KEYS[2], ARGV[3], "caller")
lock(KEYS[3], ARGV[2], "callee")
if redis.call("EXISTS", KEYS[1]) == 0 then
  redis.call("HSET", KEYS[1], "caller", ARGV[2], "callee", ARGV[3], "caller_info", ARGV[4], "state", "ringing")
end
redis.call("PEXPIRE", KEYS[1], ttl)
return { "ok" }
