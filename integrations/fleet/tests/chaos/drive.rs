//! One run: the instances, Redis, the dependency, and the faults.

use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use with_fleet::{Proxy, Server};

use crate::clock::{Random, micros, now, tick};
use crate::dependency::Dependency;
use crate::faults::World;
use crate::history::{History, Records, longest};
use crate::instance::Role;
use crate::monitor;
use crate::processes::Processes;
use crate::settings::{BEAT, INSTANCES, RECOVERY};

/// Spans of calm and of faults alternate. In calm spans only the dependency fails.
const CALM: Duration = Duration::from_secs(10);
const FAULTY: Duration = Duration::from_secs(14);

/// The settings of a run.
pub struct Plan {
    pub seed: u64,
    pub lasts: Duration,
    /// If true, the instances break rules. Only the dependency fails, for half of them and for a
    /// long time.
    pub is_broken: bool,
}

impl Plan {
    /// Runs it. Returns the history.
    pub fn run(&self) -> History {
        let records = Arc::<Records>::default();
        let mut redis = Server::start();
        let proxy = Proxy::start(redis.port());
        records.open().began = now();
        monitor::watch(redis.port(), &records);
        watch_stalls(&records);
        let dependency = Dependency::start(self.seed, self.is_broken, &records);

        let role = |number| Role {
            number,
            seed: self.seed,
            // Two of them use a connection that may fall silent.
            url: if number < 2 { proxy.url() } else { redis.url() },
            dependency: dependency.port,
            is_broken: self.is_broken,
        };
        let mut processes = Processes::start((0..INSTANCES).map(role).collect(), &records);
        let end = now() + micros(self.lasts);
        thread::scope(|scope| {
            scope.spawn(|| self.fail(&dependency, end));
            let world = World {
                redis: &mut redis,
                proxy: &proxy,
                processes: &mut processes,
                records: &records,
            };
            self.break_things(world, end);
        });
        let healed = now();
        records.open().healed = healed;
        processes.hurry();
        let not_closed = wait_until_closed(&records, healed);
        drop(processes);
        let mut history = std::mem::take(&mut *records.open());
        history.not_closed = not_closed;
        history
    }

    /// Makes the dependency fail for some seconds, repeatedly, until the end.
    fn fail(&self, dependency: &Dependency, end: u64) {
        let mut random = Random::new(self.seed ^ 0xdead);
        let mut healthy = Duration::from_millis(1_500);
        while now() < end {
            // If it fails for only some, the fleet opens the breakers of instances without
            // evidence.
            let is_partial = self.is_broken || random.is(50);
            let failing = if is_partial { INSTANCES / 2 } else { INSTANCES };
            for (failing, span) in [(0, healthy), (failing, random.millis(300, 4_000))] {
                dependency.fail_for(failing);
                thread::sleep(span.min(Duration::from_micros(end.saturating_sub(now()))));
            }
            healthy = random.millis(2_000, 5_000);
        }
        dependency.fail_for(0);
    }

    fn break_things(&self, mut world: World<'_>, end: u64) {
        let mut random = Random::new(self.seed);
        while now() < end {
            let calm = now() + micros(CALM);
            while now() < calm.min(end) {
                thread::sleep(Duration::from_millis(10));
            }
            let faulty = now() + micros(FAULTY);
            while !self.is_broken && now() < faulty.min(end) {
                world.suffer(&mut random);
                thread::sleep(random.millis(200, 2_500));
            }
        }
    }
}

/// Records the stalls of this process.
fn watch_stalls(records: &Arc<Records>) {
    let records = Arc::downgrade(records);
    let goes_on = Weak::clone(&records);
    thread::spawn(move || {
        tick(
            || goes_on.strong_count() > 0,
            |from, to| {
                if let Some(records) = records.upgrade() {
                    records.open().stalls.push((from, to));
                }
            },
        );
    });
}

/// Waits until all breakers have reported since `healed` that they are closed. If it takes too
/// long, returns the time of the deadline and the other breakers.
fn wait_until_closed(records: &Records, healed: u64) -> Option<(u64, Vec<String>)> {
    loop {
        thread::sleep(Duration::from_millis(50));
        let history = records.open();
        let mut open = Vec::new();
        for (number, instance) in history.instances.iter().enumerate() {
            for breaker in crate::settings::of_instance(number) {
                match instance.states.get(breaker.name) {
                    Some((at, state)) if *at > healed && state == "CLOSED" => {}
                    Some((at, state)) if *at > healed => {
                        open.push(format!("{} of {number} is {state}", breaker.name));
                    }
                    _ => open.push(format!("{} of {number} has not reported", breaker.name)),
                }
            }
        }
        if open.is_empty() {
            return None;
        }
        let of_instances = history.instances.iter().map(|of| longest(&of.stalls(), healed, now()));
        let stall = of_instances.max().unwrap_or(0);
        let deadline = healed + micros(2 * RECOVERY + 6 * BEAT) + stall;
        if now() > deadline {
            return Some((deadline, open));
        }
    }
}
