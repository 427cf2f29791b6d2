-- Reads JSON as lua-cjson does: a parse error says what it expected where, and null is json.null.
-- Unlike the original it does not read `NaN` and `Infinity`, which are not JSON. Adds json.decode.

local MAX_DEPTH = 1000
local fail, public = json.fail, json.public

local function utf8(code)
  if code < 0x80 then return string.char(code) end
  local tail, lead = {}, code < 0x800 and 0xC0 or code < 0x10000 and 0xE0 or 0xF0
  for index = code < 0x800 and 1 or code < 0x10000 and 2 or 3, 1, -1 do
    tail[index] = string.char(0x80 + code % 64)
    code = math.floor(code / 64)
  end
  return string.char(lead + code) .. table.concat(tail)
end

local unescapes = {
  b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ["/"] = "/", ["\\"] = "\\", ['"'] = '"',
}
local punctuation = {
  ["{"] = "T_OBJ_BEGIN", ["}"] = "T_OBJ_END", ["["] = "T_ARR_BEGIN", ["]"] = "T_ARR_END",
  [","] = "T_COMMA", [":"] = "T_COLON",
}
local words = {
  { "true", "T_BOOLEAN", true }, { "false", "T_BOOLEAN", false }, { "null", "T_NULL", json.null },
}
-- From the longest to the shortest: hexadecimal, with an exponent, without.
local numbers = { "^%-?0[xX]%x+", "^%-?%d+%.?%d*[eE][-+]?%d+", "^%-?%d+%.?%d*" }
local scalars = { T_STRING = true, T_NUMBER = true, T_BOOLEAN = true, T_NULL = true }

-- Reads the escape that begins at `at`: its text and the position after it, or what is wrong.
local function unescape(source, at)
  local plain = unescapes[string.sub(source, at + 1, at + 1)]
  if plain then return plain, at + 2 end
  local hex = string.match(source, "^u(%x%x%x%x)", at + 1)
  if not hex then
    local unicode = string.sub(source, at + 1, at + 1) == "u"
    return nil, unicode and "invalid unicode escape code" or "invalid escape code"
  end
  local code = tonumber(hex, 16)
  if code < 0xD800 or code > 0xDFFF then return utf8(code), at + 6 end
  local second = code < 0xDC00 and string.match(source, "^\\u(%x%x%x%x)", at + 6)
  local low = second and tonumber(second, 16) or 0
  if low < 0xDC00 or low > 0xDFFF then return nil, "invalid unicode escape code" end
  return utf8(0x10000 + (code - 0xD800) * 0x400 + (low - 0xDC00)), at + 12
end

local function read_string(source, at)
  local parts = {}
  at = at + 1
  while true do
    local stop = string.find(source, '["\\]', at)
    if not stop then return "invalid", "unexpected end of string", #source + 1, #source + 1 end
    parts[#parts + 1] = string.sub(source, at, stop - 1)
    if string.sub(source, stop, stop) == '"' then
      return "T_STRING", table.concat(parts), stop + 1
    end
    local text, next_at = unescape(source, stop)
    if not text then return "invalid", next_at, stop, stop end
    parts[#parts + 1], at = text, next_at
  end
end

-- The token at or after `at`: kind, value, the position after it, its own position.
local function next_token(source, at)
  at = string.find(source, "[^ \t\n\r]", at) or #source + 1
  local first = string.sub(source, at, at)
  if first == "" then return "T_END", nil, at, at end
  if punctuation[first] then return punctuation[first], nil, at + 1, at end
  if first == '"' then
    local kind, value, next_at, own = read_string(source, at)
    return kind, value, next_at, own or at
  end
  for _, pattern in ipairs(numbers) do
    local digits = string.match(source, pattern, at)
    if digits then return "T_NUMBER", tonumber(digits), at + #digits, at end
  end
  for _, word in ipairs(words) do
    local text, kind, value = unpack(word)
    if string.sub(source, at, at + #text - 1) == text then return kind, value, at + #text, at end
  end
  return "invalid", first == "-" and "invalid number" or "invalid token", at, at
end

local function expect(what, kind, value, own)
  fail("Expected %s but found %s at character %d", what, kind == "invalid" and value or kind, own)
end

local parse_value

local function parse_items(source, at, close, name, parse_item)
  local kind, value, next_at, own = next_token(source, at)
  if kind == close then return next_at end
  while true do
    next_at = parse_item(kind, value, next_at, own)
    kind, value, next_at, own = next_token(source, next_at)
    if kind == close then return next_at end
    if kind ~= "T_COMMA" then expect("comma or " .. name .. " end", kind, value, own) end
    kind, value, next_at, own = next_token(source, next_at)
  end
end

function parse_value(source, depth, kind, value, next_at, own)
  if scalars[kind] then return value, next_at end
  if kind ~= "T_OBJ_BEGIN" and kind ~= "T_ARR_BEGIN" then expect("value", kind, value, own) end
  if depth > MAX_DEPTH then
    fail("Found too many nested data structures (%d) at character %d", depth, next_at - 1)
  end
  local result, index = {}, 0
  if kind == "T_ARR_BEGIN" then
    return result, parse_items(source, next_at, "T_ARR_END", "array", function(...)
      local after
      index = index + 1
      result[index], after = parse_value(source, depth + 1, ...)
      return after
    end)
  end
  return result, parse_items(source, next_at, "T_OBJ_END", "object", function(item, key, at, place)
    if item ~= "T_STRING" then expect("object key string", item, key, place) end
    local colon, seen
    colon, seen, at, place = next_token(source, at)
    if colon ~= "T_COLON" then expect("colon", colon, seen, place) end
    result[key], at = parse_value(source, depth + 1, next_token(source, at))
    return at
  end)
end

json.decode = public("decode", function(source)
  local value, at = parse_value(source, 1, next_token(source, 1))
  local kind, found, _, own = next_token(source, at)
  if kind ~= "T_END" then expect("the end", kind, found, own) end
  return value
end)
