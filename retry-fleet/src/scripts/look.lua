-- Reads the view for operators. Changes and restores nothing.

local LOOKED = 64
local LOOKED_NAMES = 32
local LOOKED_INSTANCES = 500
local VIEWS = KEYS[7]

-- Returns the unexpired members of an epoch, without the epoch, for which `read` returns a value.
local function of_epoch(zset, epoch, read)
  local prefix = decimal(epoch) .. '|'
  local names = {}
  local members = call(
    'ZRANGEBYSCORE', zset, '(' .. decimal(now), '+inf', 'LIMIT', '0', LOOKED_NAMES)
  for _, member in ipairs(members) do
    if member:sub(1, #prefix) == prefix then names[#names + 1] = read(member:sub(#prefix + 1)) end
  end
  return names
end

local function voter(text)
  return is_name(text) and text or nil
end

-- Returns the instance of a lease.
local function holder(text)
  local instance = text:match('^(.+)/[0-9]+$')
  return instance and is_name(instance) and instance or nil
end

local function breaker(place)
  local entry = read_entry(ARGV[place + 2])
  local register, record = entry.register, entry.record
  local epoch = register and register.epoch or 0
  return {
    entry.breaker,
    register and write_register(register) or '',
    register and left(register) or 0,
    record and write_record(record) or '',
    of_epoch(KEYS[6 + 2 * place], epoch, voter),
    of_epoch(KEYS[7 + 2 * place], epoch, holder),
  }
end

local function instances(beats)
  local found = call(
    'ZRANGEBYSCORE', INSTANCES, '(' .. decimal(now), '+inf', 'WITHSCORES', 'LIMIT', '0',
    LOOKED_INSTANCES)
  local entries = {}
  for place = 1, #found, 2 do
    local instance = found[place]
    if is_name(instance) then
      local ends = math.min(math.ceil(tonumber(found[place + 1])), now + ALIVE)
      local view = call('HGET', VIEWS, instance)
      if not view or #view > VIEW then view = '' end
      entries[#entries + 1] = { instance, math.max(now - (ends - beats), 0), view }
    end
  end
  return entries
end

local breakers = {}
for place = 1, math.min(#ARGV - 2, LOOKED) do
  if is_name(ARGV[place + 2]) then breakers[#breakers + 1] = breaker(place) end
end
local alive = count_alive()
return { now, alive, breakers, instances(BEATS_ALIVE * next_beat(alive)) }
