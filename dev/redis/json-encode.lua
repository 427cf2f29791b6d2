-- JSON for scripts, with the habits of the lua-cjson that Redis embeds: an empty table is an
-- object, slashes are escaped, and numbers have 14 digits. Global: json, with encode and null;
-- json-decode.lua adds decode.

local MAX_DEPTH = 1000
local null = newproxy(true)
getmetatable(null).__tostring = function() return "userdata: (nil)" end

-- Errors are caught at the door (public), which adds the place in the script, whatever the depth.
local function fail(text, ...) error({ json = string.format(text, ...) }, 0) end

local function public(name, inner)
  return function(...)
    if select("#", ...) ~= 1 then
      error("bad argument #1 to '" .. name .. "' (expected 1 argument)", 2)
    end
    local ok, result = pcall(inner, (...))
    if ok then return result end
    error(type(result) == "table" and result.json or result, 2)
  end
end

local escapes = {
  ['"'] = '\\"', ["\\"] = "\\\\", ["/"] = "\\/", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n",
  ["\r"] = "\\r", ["\t"] = "\\t",
}
local function quote(text)
  return '"' .. string.gsub(text, '[%c"\\/\127]', function(character)
    return escapes[character] or string.format("\\u%04x", string.byte(character))
  end) .. '"'
end

local function number(value)
  if value ~= value or value == math.huge or value == -math.huge then
    fail("Cannot serialise number: must not be NaN or Inf")
  end
  return string.format("%.14g", value)
end

-- The length of an array, or nil for an object. An array may have holes, but not mostly holes.
local function array_length(value)
  local count, max = 0, 0
  for key in pairs(value) do
    if type(key) ~= "number" or key < 1 or key ~= math.floor(key) then return nil end
    count, max = count + 1, math.max(max, key)
  end
  if max > 10 and max > count * 2 then fail("Cannot serialise table: excessively sparse array") end
  return max > 0 and max or nil
end

local function encode_value(value, depth)
  local kind = type(value)
  if kind == "string" then return quote(value) end
  if kind == "number" then return number(value) end
  if kind == "boolean" then return tostring(value) end
  if value == nil or value == null then return "null" end
  if kind ~= "table" then fail("Cannot serialise %s: type not supported", kind) end
  if depth > MAX_DEPTH then fail("Cannot serialise, excessive nesting (%d)", depth) end
  local parts, length = {}, array_length(value)
  if length then
    for index = 1, length do parts[index] = encode_value(value[index], depth + 1) end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  for key, item in pairs(value) do
    if type(key) == "number" then
      key = '"' .. number(key) .. '"'
    elseif type(key) == "string" then
      key = quote(key)
    else
      fail("Cannot serialise %s: table key must be a number or string", type(key))
    end
    parts[#parts + 1] = key .. ":" .. encode_value(item, depth + 1)
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

json = {
  null = null,
  fail = fail,
  public = public,
  encode = public("encode", function(value) return encode_value(value, 1) end),
}
