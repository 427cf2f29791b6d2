-- The Lua end of frames.ts: replies and requests over the standard streams. Global: frames.

local input, output = io.stdin, io.stdout

local function read_frame()
  local kind, count = string.match(input:read("*l"), "^(.)(.*)$")
  count = tonumber(count)
  if kind == "_" then return false end
  if kind == ":" then return count end
  if kind == "*" then
    local items = {}
    for index = 1, count do items[index] = read_frame() end
    return items
  end
  local text = count == 0 and "" or input:read(count)
  if kind == "+" then return { ok = text } end
  if kind == "-" then return { err = text } end
  return text
end

local function write_text(kind, text)
  output:write(kind, #text, "\n", text)
end

-- Writes a script's result: numbers lose their fraction, true is 1, false and what Redis has no
-- word for are nil, and an array ends at its first nil.
local function write_result(value)
  local kind = type(value)
  if kind == "string" then
    write_text("$", value)
  elseif kind == "number" then
    local whole = value < 0 and math.ceil(value) or math.floor(value)
    output:write(":", string.format("%.0f", whole), "\n")
  elseif value == true then
    output:write(":1\n")
  elseif kind ~= "table" then
    output:write("_\n")
  elseif type(rawget(value, "err")) == "string" then
    write_text("-", value.err)
  elseif type(rawget(value, "ok")) == "string" then
    write_text("+", value.ok)
  else
    local count = 0
    while rawget(value, count + 1) ~= nil do count = count + 1 end
    output:write("*", count, "\n")
    for index = 1, count do write_result(rawget(value, index)) end
  end
end

local function ask(what, words)
  output:write("*", #words + 1, "\n")
  write_text("$", what)
  for index = 1, #words do write_text("$", words[index]) end
  output:flush()
  return read_frame()
end

frames = {
  read = read_frame,
  ask = ask,
  write = function(value)
    write_result(value)
    output:flush()
  end,
}
