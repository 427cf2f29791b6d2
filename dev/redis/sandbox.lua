-- What Redis puts around a script: the `redis` table, protected globals, error texts with the place
-- they come from, and no way out. Global: run_job(), which takes a job of lua-vm.ts and answers it.

local ask = frames.ask
local clock, getinfo, sethook = os.clock, debug.getinfo, debug.sethook
local PLACE = "^@user_script$"
local SECONDS_PER_SCRIPT = 5

local function perform(...)
  local words = { ... }
  local count = select("#", ...)
  if count == 0 then
    return { err = "ERR Please specify at least one argument for this redis lib call" }
  end
  for index = 1, count do
    local kind = type(words[index])
    if kind == "number" then
      words[index] = string.format("%.17g", words[index])
    elseif kind ~= "string" then
      return { err = "ERR Lua redis lib command arguments must be strings or integers" }
    end
  end
  return ask("call", words)
end

local redis = { pcall = perform }

function redis.call(...)
  local reply = perform(...)
  if type(reply) == "table" and reply.err then error(reply, 0) end
  return reply
end

function redis.sha1hex(...)
  if select("#", ...) ~= 1 then error("wrong number of arguments", 0) end
  return ask("sha1hex", { tostring((...)) })
end

function redis.status_reply(...)
  if select("#", ...) ~= 1 or type(...) ~= "string" then
    return { err = "ERR wrong number or type of arguments" }
  end
  return { ok = (...) }
end

-- The first word becomes the code when another follows; one word alone gets the code ERR.
function redis.error_reply(...)
  if select("#", ...) ~= 1 or type(...) ~= "string" then
    return { err = "ERR wrong number or type of arguments" }
  end
  local text = string.gsub((...), "^%-", "")
  return { err = string.find(text, " ", 1, true) and text or "ERR " .. text }
end

local function protected(library)
  local function refuse() error("Attempt to modify a readonly table", 2) end
  return setmetatable({}, { __index = library, __newindex = refuse, __metatable = false })
end

local cjson = protected({ encode = json.encode, decode = json.decode, null = json.null })
local shared = { redis = protected(redis), cjson = cjson, _VERSION = _VERSION }
for _, name in ipairs({ "string", "table", "math", "coroutine" }) do
  shared[name] = protected(_G[name])
end
for _, name in ipairs({
  "assert", "error", "getmetatable", "ipairs", "next", "pairs", "rawequal", "rawget", "rawset",
  "select", "setmetatable", "tonumber", "tostring", "type", "unpack", "xpcall",
}) do
  shared[name] = _G[name]
end

-- As in Redis, pcall hands out the text of an error that redis.call raised, not its table.
function shared.pcall(...)
  local function settle(ok, reason, ...)
    if not ok and type(reason) == "table" and type(reason.err) == "string" then
      return false, reason.err
    end
    return ok, reason, ...
  end
  return settle(pcall(...))
end

local function environment(keys, argv)
  local globals = setmetatable({ KEYS = keys, ARGV = argv }, { __index = shared })
  local view = {}
  globals._G = view
  return setmetatable(view, {
    __index = function(_, name)
      local value = globals[name]
      if value ~= nil then return value end
      local text = "Script attempted to access nonexistent global variable '%s'"
      error(string.format(text, tostring(name)), 2)
    end,
    __newindex = function() error("Attempt to modify a readonly table", 2) end,
    __metatable = false,
  })
end

-- Names the line of the script that an error comes from. A tail call leaves no trace of its line.
local function locate(reason)
  if type(reason) ~= "table" then reason = { err = "ERR " .. tostring(reason) } end
  local level, info = 2, getinfo(2, "Sl")
  while info and not string.find(info.source, PLACE) do
    level = level + 1
    info = getinfo(level, "Sl")
  end
  local text = type(reason.err) == "string" and reason.err or "ERR unknown error"
  return { err = text, line = info and info.currentline }
end

local scripts, jobs = {}, {}

function jobs.load(words)
  local sha, source = words[2], words[3]
  local script, complaint = loadstring(source, "@user_script")
  if not script then return { err = "ERR Error compiling script (new function): " .. complaint } end
  scripts[sha] = script
  return { ok = "OK" }
end

function jobs.run(words)
  local sha, script = words[2], scripts[words[2]]
  setfenv(script, environment(words[3], words[4]))
  local deadline = clock() + SECONDS_PER_SCRIPT
  sethook(function()
    if clock() <= deadline then return end
    error("script ran for more than " .. SECONDS_PER_SCRIPT .. " seconds", 2)
  end, "", 1000000)
  local ok, result = xpcall(script, locate)
  sethook()
  if ok then return result end
  local place = result.line and ", on @user_script:" .. result.line .. "." or ""
  return { err = result.err .. " script: " .. sha .. place }
end

function run_job()
  local words = frames.read()
  frames.write(jobs[words[1]](words))
end
