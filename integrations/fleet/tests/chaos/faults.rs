//! Random faults.

use std::thread;
use std::time::Duration;

use with_fleet::{Fault as OnTheWay, Proxy, Server};

use crate::clock::{Random, now};
use crate::history::{Fault, Records};
use crate::processes::Processes;
use crate::settings::INSTANCES;

/// The targets of faults.
pub struct World<'w> {
    pub redis: &'w mut Server,
    /// The proxy between Redis and some instances.
    pub proxy: &'w Proxy,
    pub processes: &'w mut Processes,
    pub records: &'w Records,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    StopRedis,
    KillRedis,
    Flush,
    FlushScripts,
    CutAll,
    CutOne,
    Silence,
    StopInstance,
    KillInstance,
}

const KINDS: [Kind; 9] = [
    Kind::StopRedis,
    Kind::KillRedis,
    Kind::Flush,
    Kind::FlushScripts,
    Kind::CutAll,
    Kind::CutOne,
    Kind::Silence,
    Kind::StopInstance,
    Kind::KillInstance,
];

impl World<'_> {
    /// Causes a fault, waits, and repairs it. The effects in instances may last longer.
    pub fn suffer(&mut self, random: &mut Random) {
        let kind = KINDS[usize::try_from(random.between(0, KINDS.len() as u64)).unwrap_or(0)];
        let instance = usize::try_from(random.between(0, INSTANCES as u64)).unwrap_or(0);
        // Some faults are longer than a lease.
        let span =
            if random.is(20) { random.millis(4_000, 8_000) } else { random.millis(200, 2_500) };
        let from = now();
        match kind {
            Kind::StopRedis => {
                self.redis.stop();
                thread::sleep(span);
                self.redis.resume();
            }
            Kind::KillRedis => {
                self.redis.kill();
                thread::sleep(span);
                self.redis.restart();
            }
            Kind::Flush => self.tell_redis(&["FLUSHALL"]),
            Kind::FlushScripts => self.tell_redis(&["SCRIPT", "FLUSH"]),
            Kind::CutAll => self.tell_redis(&["CLIENT", "KILL", "TYPE", "pubsub"]),
            Kind::CutOne => self.cut_one(random),
            Kind::Silence => {
                self.proxy.set(OnTheWay::Silence);
                thread::sleep(span);
                self.proxy.set(OnTheWay::None);
            }
            Kind::StopInstance => {
                self.processes.stop(instance);
                thread::sleep(span);
                self.processes.resume(instance);
            }
            Kind::KillInstance => {
                self.processes.kill(instance);
                thread::sleep(span.min(Duration::from_secs(1)));
                self.processes.restart(instance, from);
            }
        }
        let what = match kind {
            Kind::StopInstance | Kind::KillInstance => format!("{kind:?} {instance}"),
            _ => format!("{kind:?}"),
        };
        self.records.open().faults.push(Fault { what, from, to: now() });
    }

    fn tell_redis(&self, words: &[&str]) {
        let _: redis::Value = self.redis.command(words);
    }

    /// Cuts the connection of one instance.
    fn cut_one(&self, random: &mut Random) {
        let clients: String = self.redis.command(&["CLIENT", "LIST", "TYPE", "pubsub"]);
        let ids: Vec<_> = clients.lines().filter_map(|line| line.strip_prefix("id=")).collect();
        if ids.is_empty() {
            return;
        }
        let chosen = ids[usize::try_from(random.next()).unwrap_or(0) % ids.len()];
        let id = chosen.split(' ').next().unwrap_or_default();
        let _: redis::Value = self.redis.command(&["CLIENT", "KILL", "ID", id]);
    }
}
