-- Shows that an instance is alive, and returns what has changed.

local VIEWS, FIRST_SHARE = KEYS[7], 8
local instance, voter, view, is_leaving = ARGV[3], ARGV[4], ARGV[5], ARGV[6] == '1'

-- The member whose score is the negated time at which the group began.
local BEGINNING = '|'

local function begin()
  call('ZADD', INSTANCES, decimal(-now), BEGINNING)
end

local function check_age()
  local found = call('ZRANGEBYSCORE', INSTANCES, '-inf', '(0', 'WITHSCORES', 'LIMIT', '0', '1')
  if #found == 0 then
    call('DEL', VIEWS)
    begin()
  elseif tonumber(found[2]) < -now then
    call('ZREMRANGEBYSCORE', INSTANCES, '-inf', '(0')
    begin()
  end
end

local function forget(member)
  call('ZREM', INSTANCES, member)
  call('HDEL', VIEWS, member)
end

local function bury()
  for _, member in ipairs(call('ZRANGEBYSCORE', INSTANCES, '0', decimal(now), 'LIMIT', '0', CUT)) do
    forget(member)
  end
end

local function leave()
  forget(instance)
  for place = FIRST_SHARE, #KEYS do
    call('ZREM', KEYS[place], voter)
  end
end

local function live()
  call('ZREM', INSTANCES, instance)
  local ends = decimal(now + BEATS_ALIVE * next_beat(count_alive() + 1))
  call('ZADD', INSTANCES, ends, instance)
  if #view <= VIEW then call('HSET', VIEWS, instance, view) end
  for place = FIRST_SHARE, #KEYS do
    local voters = KEYS[place]
    call('ZREMRANGEBYSCORE', voters, '-inf', decimal(now))
    call('ZADD', voters, ends, voter)
    call('PEXPIRE', voters, ALIVE_EXPIRY)
  end
end

-- The place depends on the time, so entries that must stay never shield others.
local function prune()
  local latest = decimal(now - STALE)
  local count = call('ZCOUNT', POSITIONS, '-inf', latest)
  if count == 0 then return end
  local breakers = call(
    'ZRANGEBYSCORE', POSITIONS, '-inf', latest, 'LIMIT', decimal(now % count), PRUNED)
  for _, breaker in ipairs(breakers) do
    local entry = read_entry(breaker)
    if not entry.register then call('HDEL', REGISTERS, breaker) end
    if not entry.record then call('HDEL', RECORDS, breaker) end
    if not (entry.register or entry.record) then call('ZREM', POSITIONS, breaker) end
  end
end

local function changed()
  local found = call(
    'ZRANGEBYSCORE', POSITIONS, '(' .. decimal(mark), '+inf', 'WITHSCORES', 'LIMIT', '0', CHANGED)
  local entries = {}
  for place = 1, #found, 2 do
    mark = math.ceil(tonumber(found[place + 1]))
    if is_name(found[place]) then
      -- Also one without a register and a record: a page that is not full is the last one.
      local entry = read_entry(found[place])
      local register, record = entry.register, entry.record
      entries[#entries + 1] = {
        entry.breaker,
        register and write_register(register) or '',
        register and left(register) or 0,
        record and write_record(record) or '',
      }
    end
  end
  return entries
end

start(7)
if not is_too_old then
  check_age()
  bury()
  -- Not cut: that would keep any number of invented instances alive for a long time.
  call('ZREMRANGEBYSCORE', INSTANCES, '(' .. decimal(now + ALIVE), '+inf')
  if is_leaving then leave() else live() end
  call('PEXPIRE', INSTANCES, ALIVE_EXPIRY)
  call('PEXPIRE', VIEWS, ALIVE_EXPIRY)
  call('PEXPIRE', REGISTERS, GROUP_EXPIRY)
  call('PEXPIRE', POSITIONS, GROUP_EXPIRY)
  call('PEXPIRE', RECORDS, GROUP_EXPIRY)
  prune()
end
local alive = count_alive()
if call('ZCOUNT', POSITIONS, decimal(mark), '+inf') == 0 then mark = 0 end
local entries = changed()
return { now, alive, next_beat(alive), mark, is_too_old and 1 or 0, entries }
