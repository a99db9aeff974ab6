-- Functions that are prepended to every script. `memory.rs` describes the steps that are named
-- here, and `wire.rs` the keys and arguments. `limits.rs` has the reasons for the limits.

local MOST = 9007199254740991
local AHEAD = 86400000
local STALE = 3600000
local FORGOTTEN = 604800000
local TOO_OLD = 5000
local LEASE = 6000
local VOTE = 60000
local SHORTEST_BEAT = 2000
local LONGEST_BEAT = 30000
local BEATS_ALIVE = 3
local ALIVE = BEATS_ALIVE * LONGEST_BEAT
local BREAKERS = 4096
local CHANGED = 64
local PRUNED = 8
local CUT = 64
local VOTES = 1000
local LEASES = 1000
local VIEW = 256
local BY = 64
local PUSHES = 20
local PUSH_SPAN = 1000

local GROUP_EXPIRY = 2592000000
local ALIVE_EXPIRY = 180000
local VOTES_EXPIRY = 120000
local LEASES_EXPIRY = 12000
local PUSHES_EXPIRY = 2000

local REGISTERS, POSITIONS, RECORDS, PUSHED, CHANNEL, INSTANCES =
  KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]

local call = redis.call

local clock = call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local sent = tonumber(ARGV[1])
local mark = tonumber(ARGV[2])
if mark > now + AHEAD then mark = 0 end

-- Formats without the exponent that `tostring` would write.
local function decimal(number)
  return string.format('%.0f', number)
end

local function sum(one, other)
  return math.min(one + other, MOST)
end

local function is_name(text)
  return #text <= 71 and text:find('^[!-z~]+$') ~= nil
end

-- Returns nil unless the text is the canonical one for its number.
local function number(text)
  if #text > 16 or not (text == '0' or text:find('^[1-9]%d*$')) then return nil end
  local value = tonumber(text)
  return value <= MOST and value or nil
end

-- Compares bytewise. The operator `<` follows the server's locale.
local function bytes_below(one, other)
  for place = 1, math.min(#one, #other) do
    local a, b = one:byte(place), other:byte(place)
    if a ~= b then return a < b end
  end
  return #one < #other
end

-- Returns whether the first list of numbers is below the second.
local function below(one, other)
  for place = 1, #one do
    if one[place] ~= other[place] then return one[place] < other[place] end
  end
  return false
end

-- Registers. `ends` is the register's `until`, which is a keyword in Lua.

local STATES = { closed = 0, ['half-open'] = 1, open = 2 }

local function closed(epoch)
  return { epoch = epoch, state = 'closed', ends = 0, failed = 0, ok = 0 }
end

local function write_register(register)
  return '1|' .. decimal(register.epoch) .. '|' .. register.state .. '|' .. decimal(register.ends)
    .. '|' .. decimal(register.failed) .. '|' .. decimal(register.ok)
end

-- Returns nil if the register does not count now.
local function read_register(text)
  -- A longer text contains a number that is too long.
  if not text or #text > 100 then return nil end
  local epoch, state, ends, failed, ok = text:match('^1|(%d+)|([a-z-]+)|(%d+)|(%d+)|(%d+)$')
  if not epoch or not STATES[state] then return nil end
  epoch, ends, failed, ok = number(epoch), number(ends), number(failed), number(ok)
  if not (epoch and ends and failed and ok) then return nil end
  local last = state == 'closed' and epoch or ends
  if epoch > now + AHEAD or last < now - STALE then return nil end
  return { epoch = epoch, state = state, ends = ends, failed = failed, ok = ok }
end

local function register_below(one, other)
  return below(
    { one.epoch, STATES[one.state], one.ends, one.failed, one.ok },
    { other.epoch, STATES[other.state], other.ends, other.failed, other.ok }
  )
end

-- Returns whether the end was too far away.
local function cut_register(register, longest)
  local furthest = sum(now, longest)
  if register.state == 'closed' or register.ends <= furthest then return false end
  register.ends = furthest
  return true
end

-- Records.

local FORCES = { ['-'] = 0, closed = 1, open = 2 }
local MODES = { ['-'] = 0, enforce = 1, observe = 2, off = 3 }

local function write_record(record)
  return '1|' .. decimal(record.epoch) .. '|' .. record.force .. '|' .. decimal(record.ends) .. '|'
    .. record.mode .. '|' .. record.id .. '|' .. record.by
end

local function has_ended(record)
  return record.ends ~= 0 and record.ends <= now
end

-- Returns nil if the record does not count now.
local function read_record(text)
  if not text or #text > 300 then return nil end
  local epoch, force, ends, mode, id, by =
    text:match('^1|(%d+)|([a-z-]+)|(%d+)|([a-z-]+)|([^|]+)|(.*)$')
  if not epoch or not FORCES[force] or not MODES[mode] then return nil end
  epoch, ends = number(epoch), number(ends)
  if not (epoch and ends) or not is_name(id) or #by > BY or by:find('%c') then return nil end
  if force == '-' and ends ~= 0 then return nil end
  local record = { epoch = epoch, force = force, ends = ends, mode = mode, id = id, by = by }
  local has_effect = mode ~= '-' or (force ~= '-' and not has_ended(record))
  local last = ends == 0 and epoch or ends
  if epoch > now + AHEAD or not (has_effect or last >= now - FORGOTTEN) then return nil end
  return record
end

local function record_below(one, other)
  local a = { one.epoch, FORCES[one.force], one.ends, MODES[one.mode] }
  local b = { other.epoch, FORCES[other.force], other.ends, MODES[other.mode] }
  if below(a, b) then return true end
  if below(b, a) then return false end
  if one.id ~= other.id then return bytes_below(one.id, other.id) end
  return bytes_below(one.by, other.by)
end

-- Entries and positions.

local function read_entry(breaker)
  local register = call('HGET', REGISTERS, breaker)
  local record = call('HGET', RECORDS, breaker)
  return {
    breaker = breaker,
    is_known = register ~= false or record ~= false,
    register = read_register(register),
    record = read_record(record),
  }
end

local function has_room(entry)
  return entry.is_known or call('ZCARD', POSITIONS) < BREAKERS
end

-- Cached, because the lookup is slow and only the functions below change it.
local known_highest = nil

local function highest()
  if known_highest then return known_highest end
  known_highest = 0
  local count = call('ZCARD', POSITIONS)
  if count > 0 then
    local last = call(
      'ZRANGEBYSCORE', POSITIONS, '-inf', '+inf', 'WITHSCORES', 'LIMIT', decimal(count - 1), '1')
    known_highest = math.max(0, math.ceil(tonumber(last[2])))
  end
  return known_highest
end

local function move(breaker, epoch)
  local position = math.max(epoch, now, highest() + 1)
  call('ZADD', POSITIONS, decimal(position), breaker)
  known_highest = position
end

local function new_epoch(entry)
  local register, record = entry.register, entry.record
  return math.max(
    highest() + 1, mark + 1, now,
    register and register.epoch + 1 or 0, record and record.epoch + 1 or 0)
end

-- The start of every script.

local function restore(breaker, longest, register, record)
  if not is_name(breaker) then return end
  register, record = read_register(register), read_record(record)
  if not (register or record) then return end
  local entry = read_entry(breaker)
  if not has_room(entry) then return end
  local has_won = false
  if register then
    local is_cut = cut_register(register, longest)
    local stored = entry.register
    if not stored or (register_below(stored, register)
      and not (is_cut and stored.epoch == register.epoch)) then
      call('HSET', REGISTERS, breaker, write_register(register))
      has_won = true
    end
  end
  if record and (not entry.record or record_below(entry.record, record)) then
    call('HSET', RECORDS, breaker, write_record(record))
    has_won = true
  end
  local epoch = math.max(register and register.epoch or 0, record and record.epoch or 0)
  if has_won then
    move(breaker, epoch)
  elseif call('ZADD', POSITIONS, 'NX', decimal(epoch), breaker) == 1 then
    known_highest = nil
    move(breaker, epoch)
  end
end

-- Restores the sender's copies, from the argument at `first`.
local function start(first)
  call('ZREMRANGEBYSCORE', POSITIONS, '(' .. decimal(now + AHEAD), '+inf')
  for place = first, #ARGV - 3, 4 do
    restore(ARGV[place], tonumber(ARGV[place + 1]), ARGV[place + 2], ARGV[place + 3])
  end
end

local is_too_old = sent > 0 and sent < now - TOO_OLD

-- Cuts the register of the script's own breaker.
local function cut_entry(entry, longest)
  if entry.register and cut_register(entry.register, longest) then
    call('HSET', REGISTERS, entry.breaker, write_register(entry.register))
  end
end

-- Other shared steps.

local function next_beat(alive)
  return math.min(math.max(math.floor(alive * 5 / 2), SHORTEST_BEAT), LONGEST_BEAT)
end

local function count_alive()
  return call('ZCOUNT', INSTANCES, '(' .. decimal(now), '+inf')
end

local function cut(zset, span)
  local furthest = decimal(now + span)
  local members = call('ZRANGEBYSCORE', zset, '(' .. furthest, '+inf', 'LIMIT', '0', CUT)
  for _, member in ipairs(members) do
    call('ZADD', zset, furthest, member)
  end
end

local function expire(zset, span)
  call('ZREMRANGEBYSCORE', zset, '-inf', decimal(now))
  cut(zset, span)
end

-- Returns the number of members that begin with the epoch, and whether one of these is the wanted
-- one. Removes the others.
local function count_of_epoch(zset, epoch, limit, wanted)
  local prefix = decimal(epoch) .. '|'
  local count, is_there = 0, false
  for _, member in ipairs(call('ZRANGEBYSCORE', zset, '-inf', '+inf', 'LIMIT', '0', limit)) do
    if member:sub(1, #prefix) == prefix then
      count = count + 1
      is_there = is_there or member == wanted
    else
      call('ZREM', zset, member)
    end
  end
  return count, is_there
end

local function change(entry, register)
  entry.register = register
  call('HSET', REGISTERS, entry.breaker, write_register(register))
  call('DEL', KEYS[7], KEYS[8])
  move(entry.breaker, register.epoch)
end

local function left(register)
  return register.state == 'open' and math.max(register.ends - now, 0) or 0
end

local function push(kind, entry, epoch)
  local register = entry.register or closed(0)
  local text = '1|' .. decimal(epoch) .. '|' .. register.state .. '|' .. decimal(left(register))
    .. '|' .. decimal(register.failed) .. '|' .. kind .. '|' .. entry.breaker
  call('ZREMRANGEBYSCORE', PUSHED, '-inf', decimal(now - PUSH_SPAN))
  call('ZREMRANGEBYSCORE', PUSHED, '(' .. decimal(now), '+inf')
  if call('ZCARD', PUSHED) < PUSHES then
    call('ZADD', PUSHED, decimal(now), text)
    call('PEXPIRE', PUSHED, PUSHES_EXPIRY)
    call('PUBLISH', CHANNEL, text)
  end
end

-- Returns a reply. Further values follow the entry.
local function reply(answer, entry, ...)
  local register = entry.register
  return {
    now, answer, register and write_register(register) or '', register and left(register) or 0, ...
  }
end

