//! The two servers to compare.

use std::collections::BTreeMap;
use std::time::Duration;

use redis::{Connection, ConnectionLike, FromRedisValue};
use retry_fleet::memory::Memory;
use retry_fleet::scripts::Source;
use retry_fleet::wire::{Request, Script, Value};
use with_fleet::{COMMANDS, Server};

/// Prepended to a script. The last argument is the time. Published texts are appended to a list.
/// Keys expire by the same time: Redis keeps their ends, a century later, and expired ones are
/// removed here. Keys that are not in KEYS are rejected.
const CLOCKWORK: &str = "
local real = redis
local time = tonumber(table.remove(ARGV))
local CENTURY = 3155760000000
local declared = {}
for _, key in ipairs(KEYS) do declared[key] = true end
local redis = {
  call = function(name, ...)
    local arguments = { ... }
    if name == 'TIME' then
      return { string.format('%.0f', math.floor(time / 1000)), tostring(time % 1000 * 1000 + 999) }
    end
    assert(declared[arguments[1]], name)
    if name == 'PUBLISH' then
      return real.call('RPUSH', 'published', arguments[2])
    elseif name == 'PEXPIRE' then
      local ends = string.format('%.0f', time + arguments[2] + CENTURY)
      return real.call('PEXPIREAT', arguments[1], ends)
    elseif name == 'DEL' then
      for _, key in ipairs(arguments) do assert(declared[key], name) end
    end
    return real.call(name, ...)
  end
}
for _, key in ipairs(real.call('KEYS', '*')) do
  local ends = real.call('PEXPIRETIME', key)
  if ends > 0 and ends - CENTURY < time then real.call('DEL', key) end
end
";

/// The user that runs the scripts.
const USER: &str = "strict";

/// The channel of all histories.
const CHANNEL: &str = "{rf1:g}:ch";

/// The clock of a history.
#[derive(Clone, Copy, PartialEq)]
pub enum Clock {
    /// The test's clock, so hours pass immediately.
    Test,
    /// Redis' clock. The memory gets the time of each reply. The scripts are unchanged, and run
    /// with the permissions of the guide and for the declared keys only.
    Server,
}

type Pairs<T> = Vec<(Vec<u8>, T)>;

/// The content of a store.
#[derive(Debug, Default, PartialEq)]
pub struct Stored {
    hashes: BTreeMap<Vec<u8>, Pairs<Vec<u8>>>,
    sets: BTreeMap<Vec<u8>, Pairs<f64>>,
}

/// Redis and a memory.
pub struct Stores {
    clock: Clock,
    redis: Connection,
    scripts: Connection,
    listener: Connection,
    digests: BTreeMap<&'static str, String>,
    memory: Memory,
}

impl Stores {
    pub fn new(server: &Server, clock: Clock) -> Self {
        server.set_user(USER, &["on", ">pass", "resetkeys"]);
        server.set_user(USER, &COMMANDS.split(' ').collect::<Vec<_>>());
        let connect = |url| redis::Client::open(url).unwrap().get_connection().unwrap();
        let scripts = match clock {
            Clock::Test => connect(server.url()),
            Clock::Server => connect(server.url_for(USER, "pass")),
        };
        let mut stores = Self {
            clock,
            redis: connect(server.url()),
            scripts,
            listener: connect(server.url()),
            digests: BTreeMap::new(),
            memory: Memory::new(),
        };
        for script in Script::LIST {
            let text = Source::of(script).text;
            let text = if clock == Clock::Test { CLOCKWORK.to_owned() + text } else { text.into() };
            let digest = stores.command(redis::cmd("SCRIPT").arg("LOAD").arg(text));
            stores.digests.insert(script.as_str(), digest);
        }
        stores.listener.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stores.listener.req_command(redis::cmd("SUBSCRIBE").arg(CHANNEL)).unwrap();
        stores
    }

    /// Runs a request in both, and returns both replies.
    pub fn run(&mut self, request: &Request, now: u64) -> [Value; 2] {
        let (keys, args) = (request.keys(), request.args());
        let mut command = redis::cmd("EVALSHA");
        command.arg(&self.digests[request.script().as_str()]).arg(keys.len()).arg(&keys);
        command.arg(&args);
        match self.clock {
            Clock::Test => _ = command.arg(now),
            Clock::Server => self.permit(&keys),
        }
        let reply = self.scripts.req_command(&command);
        let reply = convert(reply.unwrap_or_else(|error| panic!("{request:?}: {error}")));
        let now = if self.clock == Clock::Test { now } else { time(&reply) };
        let memory = self.memory.run(request.script(), &keys, &args, now);
        [reply, memory]
    }

    /// Permits only these keys.
    fn permit(&mut self, keys: &[Vec<u8>]) {
        let mut command = redis::cmd("ACL");
        command.arg("SETUSER").arg(USER).arg("resetkeys").arg("resetchannels");
        for key in keys {
            command.arg([b"~", &key[..]].concat());
        }
        let () = self.command(command.arg(format!("&{CHANNEL}")));
    }

    /// Returns the pushes of both since the last call.
    pub fn published(&mut self) -> [Vec<Vec<u8>>; 2] {
        let memory = self.memory.take_pushes().into_iter();
        let memory: Vec<_> = memory.map(|push| push.text).collect();
        let redis = match self.clock {
            Clock::Test => {
                let redis = self.command(redis::cmd("LRANGE").arg("published").arg(0).arg(-1));
                let _: u64 = self.command(redis::cmd("DEL").arg("published"));
                redis
            }
            // A surplus push would be found in place of the next one.
            Clock::Server => memory.iter().map(|_| self.receive()).collect(),
        };
        [redis, memory]
    }

    fn receive(&mut self) -> Vec<u8> {
        let message = self.listener.recv_response().expect("Redis publishes what the memory does");
        let (_, _, text): (String, String, Vec<u8>) = redis::from_redis_value(message).unwrap();
        text
    }

    /// Returns the content of these hashes and sorted sets in both.
    pub fn stored(&mut self, hashes: &[Vec<u8>], sets: &[Vec<u8>]) -> [Stored; 2] {
        // In one pipeline, because this runs after every step.
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

    pub fn put_members(&mut self, key: &[u8], members: &[(Vec<u8>, f64)]) {
        let mut command = redis::cmd("ZADD");
        command.arg(key);
        for (member, score) in members {
            let text = if score.is_infinite() { format!("{score:+}") } else { score.to_string() };
            command.arg(text).arg(member);
            self.memory.put_member(key, member, *score);
        }
        let _: u64 = self.command(&command);
    }

    pub fn flush(&mut self) {
        let () = self.command(redis::cmd("FLUSHALL").arg("SYNC"));
        self.memory.flush();
    }

    fn command<T: FromRedisValue>(&mut self, command: &redis::Cmd) -> T {
        command.query(&mut self.redis).unwrap_or_else(|error| panic!("{error}"))
    }
}

/// Returns the time that a reply begins with.
pub fn time(reply: &Value) -> u64 {
    match reply {
        Value::Array(values) => match values[..] {
            [Value::Int(time), ..] => time.try_into().unwrap(),
            _ => panic!("no time in {values:?}"),
        },
        _ => panic!("no array: {reply:?}"),
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
