-- Applies an operator's command.

local what, lasting, mode, id, by = ARGV[4], tonumber(ARGV[5]), ARGV[6], ARGV[7], ARGV[8]

local function answer(text, entry)
  return reply(text, entry, entry.record and write_record(entry.record) or '')
end

start(9)
local entry = read_entry(ARGV[3])
if is_too_old then return answer('too-old', entry) end
local old = entry.record
if old and old.id == id then return answer('repeated', entry) end
if not has_room(entry) then return answer('full', entry) end

local epoch = new_epoch(entry)
local record = {
  epoch = epoch, force = '-', ends = 0, mode = old and old.mode or '-', id = id, by = by,
}
if what == 'mode' then
  record.mode = mode
  if old and not has_ended(old) then record.force, record.ends = old.force, old.ends end
elseif what ~= 'reset' then
  record.force = what
  record.ends = lasting == 0 and 0 or sum(now, lasting)
end
entry.record = record
call('HSET', RECORDS, entry.breaker, write_record(record))
if what == 'reset' then
  entry.register = closed(epoch)
  call('HSET', REGISTERS, entry.breaker, write_register(entry.register))
  call('DEL', KEYS[7], KEYS[8])
end
move(entry.breaker, epoch)
push('command', entry, epoch)
return answer('done', entry)
