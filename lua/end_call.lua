#!lua flags=allow-key-locking
-- Ends a call: forgets the session and frees whoever is still locked by it. A lock that a newer call
-- has taken stays. Ending twice is harmless.
--
-- KEYS[1] call:session:{session}   KEYS[2] call:user:{caller}   KEYS[3] call:user:{callee}
-- ARGV[1] session
--
-- Result: {"ok"} or {"missing"} when the session was gone already.

for index = 2, 3 do
  if redis.call("HGET", KEYS[index], "session") == ARGV[1] then
    redis.call("DEL", KEYS[index])
  end
end
if redis.call("DEL", KEYS[1]) == 0 then
  return { "missing" }
end
return { "ok" }
