-- An open loop: what is due when stands in a schedule, and no answer moves it. Put before this: FOLDER, with `wishes` (token,
-- tenant and body of each) and a file `schedule.N` for each thread N, and LEAD, after how many seconds the schedules begin. A
-- thread of wrk has one connection here: only so does it know which answer is whose.

local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long seconds; long nanoseconds; } offer_instant;
  int clock_gettime(int clock, offer_instant *at);
]]
local instant = ffi.new("offer_instant")

-- CLOCK_MONOTONIC, seconds: one clock for all threads.
local function now()
  ffi.C.clock_gettime(1, instant)
  return tonumber(instant.seconds) + tonumber(instant.nanoseconds) / 1e9
end

-- In wrk's first state alone: threads are told.
local threads, first = {}, now() + LEAD
function setup(thread)
  thread:set("number", #threads)
  thread:set("start", first)
  thread:set("notes", "")
  threads[#threads + 1] = thread
end

local schedule, taken = {}, 0
local wishes
local due, from, bytes, id
local asked

function init()
  -- Its lines are read when they are due: the threads begin one after the other, and all of them at one instant.
  for line in io.lines(FOLDER .. "/schedule." .. number) do
    schedule[#schedule + 1] = line
  end
  -- The only file that stays open: of three for each thread wrk can still watch its sockets.
  wishes = assert(io.open(FOLDER .. "/wishes", "rb"))
end

-- Milliseconds to the next request; none if its time has passed. It may wake a millisecond early.
function delay()
  if not due and taken < #schedule then
    taken = taken + 1
    local a, b, c, d = schedule[taken]:match("^(%S+) (%d+) (%d+) (%d+)$")
    due, from, bytes, id = tonumber(a), tonumber(b), tonumber(c), d
  end
  -- Longer than wrk is run for.
  if not due then return 86400000 end
  return math.max(0, math.floor((start + due - now()) * 1000))
end

function request()
  -- Asked for once before the start, only to see whether it is a request.
  if not due then return wrk.format("GET") end
  -- Where its connection broke it is asked again, and has waited since it was due all the same.
  asked = asked or now()
  wishes:seek("set", from)
  local token, tenant, body = wishes:read(bytes):match("^([^\t]*)\t([^\t]*)\t(.*)$")
  return wrk.format("POST", nil, {
    ["authorization"] = "Bearer " .. token,
    ["x-ventanilla-tenant"] = tenant,
    ["content-type"] = "application/json",
  }, (body:gsub("%%ID%%", id)))
end

-- A problem in a payload is no answer either: the same work would not have been done.
function response(status, headers, body)
  local at = now()
  if not asked then return end
  local good = status == 200 and not body:find('"errors"', 1, true) and not body:find('"problems":[{', 1, true)
  notes = notes .. string.format("%.6f %.6f %d\n", asked - start, at - start, good and 1 or 0)
  due, asked = nil, nil
end

function done(summary, latency, requests)
  local ended = now() - first
  for n, thread in ipairs(threads) do
    local file = assert(io.open(FOLDER .. "/notes." .. (n - 1), "w"))
    file:write(thread:get("notes"))
    file:close()
  end
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format("broken %d\nended %f\n", broken, ended))
end
