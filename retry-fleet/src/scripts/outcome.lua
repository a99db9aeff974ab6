-- Reports the outcome of a probe, and gives its lease back.

local HOLDERS = KEYS[8]
local id, epoch, result = ARGV[4], tonumber(ARGV[5]), ARGV[6]
local threshold, open_for, longest = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])

start(10)
local entry = read_entry(ARGV[3])
if is_too_old then return reply('too-old', entry) end
cut_entry(entry, longest)

call('ZREMRANGEBYSCORE', HOLDERS, '-inf', decimal(now))
local is_held = call('ZREM', HOLDERS, decimal(epoch) .. '|' .. id) == 1

local register = entry.register
if not register or register.state ~= 'half-open' or register.epoch ~= epoch then
  return reply('void', entry)
end
if result == 'failure' then
  local reopened = new_epoch(entry)
  change(entry, {
    epoch = reopened, state = 'open', ends = sum(now, math.min(open_for, longest)),
    failed = sum(register.failed, 1), ok = 0,
  })
  push('reopened', entry, reopened)
  return reply('reopened', entry)
end
if not is_held then return reply('void', entry) end
if result == 'neutral' then return reply('freed', entry) end

local ok = sum(register.ok, 1)
if ok < threshold then
  register.ok, register.ends = ok, math.max(register.ends, now)
  call('HSET', REGISTERS, entry.breaker, write_register(register))
  move(entry.breaker, register.epoch)
  return reply('counted', entry)
end
local recovered = new_epoch(entry)
change(entry, closed(recovered))
push('closed', entry, recovered)
return reply('closed', entry)
