-- Asks for a lease, or renews one.

local HOLDERS = KEYS[8]
local id, claim, epoch = ARGV[4], ARGV[5], tonumber(ARGV[6])
local places, longest = tonumber(ARGV[7]), tonumber(ARGV[8])

start(9)
local entry = read_entry(ARGV[3])
if is_too_old then return reply('too-old', entry, 0) end
cut_entry(entry, longest)

local register = entry.register
if not register then return reply('none', entry, 0) end
if register.state == 'closed' then return reply('closed', entry, 0) end
if claim == 'renew' and (register.state ~= 'half-open' or register.epoch ~= epoch) then
  return reply('other-epoch', entry, 0)
end
if register.state == 'open' then
  if now < register.ends then return reply('waiting', entry, 0) end
  -- Nothing is published, because no instance has to act on it.
  change(entry, {
    epoch = new_epoch(entry), state = 'half-open', ends = now, failed = register.failed, ok = 0,
  })
end

expire(HOLDERS, LEASE)
local current = entry.register.epoch
local member = decimal(current) .. '|' .. id
local taken, is_held = count_of_epoch(HOLDERS, current, LEASES, member)
if not is_held then
  if taken >= LEASES or (claim ~= 'late' and taken >= math.max(places, 1)) then
    return reply('refused', entry, taken)
  end
  taken = taken + 1
end
call('ZADD', HOLDERS, decimal(now + LEASE), member)
call('PEXPIRE', HOLDERS, LEASES_EXPIRY)
return reply('granted', entry, taken)
