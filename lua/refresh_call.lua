#!lua flags=allow-key-locking
-- Keeps an established call alive in the store, and puts back what the store has lost. A user whom a
-- newer call has taken is not taken back.
--
-- KEYS[1] call:session:{session}   KEYS[2] call:user:{caller}   KEYS[3] call:user:{callee}
-- ARGV[1] session   ARGV[2] caller   ARGV[3] callee   ARGV[4] state
-- ARGV[5] milliseconds that the session and its locks live on
--
-- Result: {"ok"} or {"taken", "caller" | "callee"} when a lock holds a newer session.

local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ttl = tonumber(ARGV[5])

for index, side in ipairs({ "caller", "callee" }) do
  local lock = redis.call("HMGET", KEYS[index + 1], "session", "until")
  if lock[1] and lock[1] ~= ARGV[1] and tonumber(lock[2]) > now then
    return { "taken", side }
  end
end

local function keep(key, peer, role)
  redis.call("HSETNX", key, "since", now)
  redis.call("HSET", key, "session", ARGV[1], "until", now + ttl, "peer", peer, "role", role)
  redis.call("PEXPIRE", key, ttl)
end
keep(KEYS[2], ARGV[3], "caller")
keep(KEYS[3], ARGV[2], "callee")
redis.call("HSET", KEYS[1], "caller", ARGV[2], "callee", ARGV[3], "state", ARGV[4])
redis.call("PEXPIRE", KEYS[1], ttl)
return { "ok" }
