-- Casts or withdraws a vote to open a breaker.

local VOTERS_FOR, SHARING = KEYS[7], KEYS[9]
local voter, is_cast, epoch = ARGV[4], ARGV[5] == 'cast', tonumber(ARGV[6])
local window, quorum = tonumber(ARGV[7]), tonumber(ARGV[8])
local open_for, longest = tonumber(ARGV[9]), tonumber(ARGV[10])

-- Returns how long ago the group began.
local function age()
  local found = call('ZRANGEBYSCORE', INSTANCES, '-inf', '(0', 'WITHSCORES', 'LIMIT', '0', '1')
  return #found > 0 and now - math.ceil(-tonumber(found[2]))
end

start(11)
local entry = read_entry(ARGV[3])
if is_too_old then return reply('too-old', entry, 0, 0, 0) end
cut_entry(entry, longest)

local register = entry.register
local current = register and register.epoch or 0
if not is_cast then
  call('ZREM', VOTERS_FOR, decimal(current) .. '|' .. voter)
  return reply('withdrawn', entry, 0, 0, 0)
end
if register and register.state ~= 'closed' then return reply('open', entry, 0, 0, 0) end
if register and epoch ~= current then return reply('other-epoch', entry, 0, 0, 0) end
if not has_room(entry) then return reply('full', entry, 0, 0, 0) end

local alive = count_alive()
local beats = BEATS_ALIVE * next_beat(alive)

expire(SHARING, ALIVE)
call('ZADD', SHARING, decimal(now + beats), voter)
call('PEXPIRE', SHARING, ALIVE_EXPIRY)
local voters = call('ZCARD', SHARING)

expire(VOTERS_FOR, VOTE)
local ends = decimal(now + math.min(window, VOTE))
call('ZADD', VOTERS_FOR, ends, decimal(current) .. '|' .. voter)
call('PEXPIRE', VOTERS_FOR, VOTES_EXPIRY)
local votes = count_of_epoch(VOTERS_FOR, current, VOTES)

local group_age = age()
local needed = math.max(quorum, 1)
if voters == 1 and group_age and group_age >= beats then needed = 1 end
if votes < needed then return reply('counted', entry, votes, voters, alive) end

local opened = new_epoch(entry)
change(entry, {
  epoch = opened, state = 'open', ends = sum(now, math.min(open_for, longest)), failed = 0, ok = 0,
})
push('opened', entry, opened)
return reply('opened', entry, votes, voters, alive)
