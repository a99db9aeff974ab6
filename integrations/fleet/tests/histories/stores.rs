//! The two servers that are compared.

use std::collections::BTreeMap;

use redis::{Connection, ConnectionLike};
use retry_fleet::memory::Memory;
use retry_fleet::scripts::Source;
use retry_fleet::wire::{Request, Script, Value};
use with_fleet::Server;

/// Stands before a script. The last argument is the time. What the script publishes is put into a
/// list. Keys expire by the same time: Redis keeps their ends, a century later, and those that are
/// over are removed here.
const CLOCKWORK: &str = "
local real = redis
local time = tonumber(table.remove(ARGV))
local CENTURY = 3155760000000
local redis = {
  call = function(name, ...)
    local arguments = { ... }
    if name == 'TIME' then
      return { string.format('%.0f', math.floor(time / 1000)), tostring(time % 1000 * 1000 + 999) }
    elseif name == 'PUBLISH' then
      return real.call('RPUSH', 'published', arguments[1], arguments[2])
    elseif name == 'PEXPIRE' then
      local ends = string.format('%.0f', time + arguments[2] + CENTURY)
      return real.call('PEXPIREAT', arguments[1], ends)
    end
    return real.call(name, ...)
  end
}
for _, key in ipairs(real.call('KEYS', '*')) do
  local ends = real.call('PEXPIRETIME', key)
  if ends > 0 and ends - CENTURY < time then real.call('DEL', key) end
end
";

/// The content of a store.
#[derive(Debug, Default, PartialEq)]
pub struct Stored {
    hashes: BTreeMap<Vec<u8>, Vec<(Vec<u8>, Vec<u8>)>>,
    sets: BTreeMap<Vec<u8>, Vec<(Vec<u8>, f64)>>,
}

/// Redis and a memory.
pub struct Stores {
    redis: Connection,
    digests: BTreeMap<&'static str, String>,
    memory: Memory,
}

impl Stores {
    pub fn new(server: &Server) -> Self {
        let client = redis::Client::open(server.url()).unwrap();
        let mut stores = Self {
            redis: client.get_connection().unwrap(),
            digests: BTreeMap::new(),
            memory: Memory::new(),
        };
        for script in Script::LIST {
            let text = format!("{CLOCKWORK}{}", Source::of(script).text);
            let digest = stores.command(redis::cmd("SCRIPT").arg("LOAD").arg(text));
            stores.digests.insert(script.as_str(), digest);
        }
        stores
    }

    /// Runs a request in both, and returns both replies.
    pub fn run(&mut self, request: &Request, now: u64) -> [Value; 2] {
        let (keys, args) = (request.keys(), request.args());
        let mut command = redis::cmd("EVALSHA");
        command.arg(&self.digests[request.script().as_str()]).arg(keys.len()).arg(&keys);
        let reply = self.redis.req_command(command.arg(&args).arg(now));
        let reply = reply.unwrap_or_else(|error| panic!("{request:?}: {error}"));
        [convert(reply), self.memory.run(request.script(), &keys, &args, now)]
    }

    /// Returns what both have published since the last call, with the channels.
    pub fn published(&mut self) -> [Vec<Vec<u8>>; 2] {
        let redis = self.command(redis::cmd("LRANGE").arg("published").arg(0).arg(-1));
        let _: u64 = self.command(redis::cmd("DEL").arg("published"));
        let memory = self.memory.take_pushes();
        [redis, memory.into_iter().flat_map(|push| [push.channel, push.text]).collect()]
    }

    /// Returns what both have stored under these hashes and sorted sets.
    pub fn stored(&mut self, hashes: &[Vec<u8>], sets: &[Vec<u8>]) -> [Stored; 2] {
        // At once, since it is asked after every step.
        let mut pipeline = redis::pipe();
        for key in hashes {
            pipeline.cmd("HGETALL").arg(key);
        }
        for key in sets {
            pipeline.cmd("ZRANGE").arg(key).arg(0).arg(-1).arg("WITHSCORES");
        }
        let replies: Vec<redis::Value> = pipeline.query(&mut self.redis).unwrap();
        let (of_hashes, of_sets) = replies.split_at(hashes.len());
        let mut redis = Stored::default();
        for (key, reply) in hashes.iter().zip(of_hashes) {
            let mut fields: Vec<_> = redis::from_redis_value_ref(reply).unwrap();
            fields.sort();
            redis.hashes.insert(key.clone(), fields);
        }
        for (key, reply) in sets.iter().zip(of_sets) {
            redis.sets.insert(key.clone(), redis::from_redis_value_ref(reply).unwrap());
        }
        let hashes = hashes.iter().map(|key| (key.clone(), self.memory.fields(key)));
        let sets = sets.iter().map(|key| (key.clone(), self.memory.members(key)));
        [redis, Stored { hashes: hashes.collect(), sets: sets.collect() }]
    }

    pub fn put_field(&mut self, key: &[u8], field: &[u8], value: &[u8]) {
        let _: u64 = self.command(redis::cmd("HSET").arg(key).arg(field).arg(value));
        self.memory.put_field(key, field, value);
    }

    pub fn put_member(&mut self, key: &[u8], member: &[u8], score: f64) {
        let text = if score.is_infinite() { format!("{score:+}") } else { score.to_string() };
        let _: u64 = self.command(redis::cmd("ZADD").arg(key).arg(text).arg(member));
        self.memory.put_member(key, member, score);
    }

    pub fn flush(&mut self) {
        let () = self.command(redis::cmd("FLUSHALL").arg("SYNC"));
        self.memory.flush();
    }

    fn command<T: redis::FromRedisValue>(&mut self, command: &redis::Cmd) -> T {
        command.query(&mut self.redis).unwrap_or_else(|error| panic!("{error}"))
    }
}

fn convert(value: redis::Value) -> Value {
    match value {
        redis::Value::Nil => Value::Nil,
        redis::Value::Int(number) => Value::Int(number),
        redis::Value::BulkString(text) => Value::Text(text),
        redis::Value::Array(values) => Value::Array(values.into_iter().map(convert).collect()),
        other => panic!("a script returned {other:?}"),
    }
}
