-- A steady offer. Put before this: FILE, a line per request (its share and those before it, token, tenant, body), SEED, and
-- REST, the longest rest of a connection in milliseconds.
local upto, wishes = {}, {}
for line in io.lines(FILE) do
  local share, token, tenant, body = line:match('^([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)$')
  upto[#upto + 1] = tonumber(share)
  wishes[#wishes + 1] = { token, tenant, body }
end
math.randomseed(SEED)
local asked = 0
local bad = 0

-- Of any length up to the longest: connections that began together do not stay together.
function delay()
  return math.random(0, REST)
end

function request()
  asked = asked + 1
  local drawn, low, high = math.random(), 1, #upto
  while low < high do
    local middle = math.floor((low + high) / 2)
    if upto[middle] < drawn then low = middle + 1 else high = middle end
  end
  local wish = wishes[low]
  local body = wish[3]:gsub('%%ID%%', tostring(asked))
  return wrk.format('POST', nil, {
    ['authorization'] = 'Bearer ' .. wish[1],
    ['x-ventanilla-tenant'] = wish[2],
    ['content-type'] = 'application/json',
  }, body)
end

-- A problem in a payload is no answer either: the same work would not have been done.
function response(status, headers, body)
  if status ~= 200 or body:find('"errors"', 1, true) or body:find('"problems":[{', 1, true) then
    bad = bad + 1
    wrk.thread:set('bad', bad)
  end
end

