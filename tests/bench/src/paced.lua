-- Asked at a pace, however the answers come; and each of them noted. A thread of wrk has one connection here: only so
-- does it know which answer is whose.

local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long seconds; long nanoseconds; } paced_instant;
  int clock_gettime(int clock, paced_instant *at);
]]
local instant = ffi.new("paced_instant")

-- CLOCK_MONOTONIC, seconds: one clock for all of this machine's processes.
local function now()
  ffi.C.clock_gettime(1, instant)
  return tonumber(instant.seconds) + tonumber(instant.nanoseconds) / 1e9
end

local threads = 0
function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

local notes, due, began, whose
local n = 0

function init()
  math.randomseed(number + 1)
  notes = assert(io.open(folder .. "/" .. number, "w"))
  -- Not all of them the same at the same time: equal questions are asked once.
  n = number * 7
end

-- Milliseconds to the next question. Who is late does not ask more often afterwards.
function delay()
  local at = now()
  due = math.max(at, due and due + period or at + math.random() * period)
  return math.floor((due - at) * 1000 + 0.5)
end

function request()
  -- Asked for once before the start, only to see whether it is a request.
  if due then
    if began then
      notes:write(string.format("%.6f 0 0 unanswered 0 %s -\n", began, whose))
    end
    began = now()
  end
  n = n + 1
  local r = requests[(n % #requests) + 1]
  whose = r[2]
  return wrk.format("POST", nil, {
    ["authorization"] = "Bearer " .. r[1],
    ["x-ventanilla-tenant"] = r[2],
    ["content-type"] = "application/json",
  }, (r[3]:gsub("%%ID%%", tostring(n))))
end

function response(status, headers, body)
  local took = (now() - began) * 1000
  local kind, rest = "other", 0
  local code = body:match('"extensions":{.-"code":"([%w_]+)"') or "-"
  if status == 200 then
    kind = body:find('"errors"', 1, true) and "errors" or "answered"
  elseif body:find('"OVERLOADED"', 1, true) then
    kind = "overloaded"
  elseif body:find('"RATE_LIMITED"', 1, true) then
    kind = "limited"
  end
  if kind ~= "answered" then
    for name in pairs(headers) do
      if name:lower() == "retry-after" then rest = 1 end
    end
  end
  notes:write(string.format("%.6f %.3f %d %s %d %s %s\n", began, took, status, kind, rest, whose, code))
  began = nil
end
