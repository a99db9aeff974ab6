//! One instance: a process whose breakers follow a fleet, and which calls the dependency.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{env, io, process, thread};

use retry_fleet::{Fleet, Quorum};
use retry_runtime::observe::{Event, add_listener};
use retry_runtime::{CircuitBreaker, CircuitState, Mode, Permit};

use crate::alone::{Asked, Comparison, Outcome, SharedLink};
use crate::clock::{Random, micros, now, processor_time, tick};
use crate::report::{By, Call, Counts, Report};
use crate::settings::{INSTANCES, MOST_PROCESSOR_TIME, MOST_TIME, Shared, of_instance};

/// The environment variable that makes a process an instance.
pub const VARIABLE: &str = "FLEET_CHAOS_INSTANCE";
/// The group of all instances.
pub const GROUP: &str = "chaos";

/// The role of an instance, which the parent assigns.
#[derive(Clone)]
pub struct Role {
    pub number: usize,
    pub seed: u64,
    /// The URL of Redis or of a proxy.
    pub url: String,
    /// The port of the dependency.
    pub dependency: u16,
    /// If true, it breaks rules, which the test must notice. Half of the instances take more leases
    /// than there are places, and the others ignore the fleet.
    pub is_broken: bool,
}

impl Role {
    pub fn to_variable(&self) -> String {
        let Self { number, seed, url, dependency, is_broken } = self;
        format!("{number} {seed} {url} {dependency} {is_broken}")
    }

    pub fn from_variable() -> Option<Self> {
        let variable = env::var(VARIABLE).ok()?;
        let words: Vec<_> = variable.split(' ').collect();
        let [number, seed, url, dependency, is_broken] = words[..] else { return None };
        Some(Self {
            number: number.parse().ok()?,
            seed: seed.parse().ok()?,
            url: url.to_owned(),
            dependency: dependency.parse().ok()?,
            is_broken: is_broken.parse().ok()?,
        })
    }
}

/// The state that the threads of an instance share.
struct Instance {
    role: Role,
    link: Arc<SharedLink>,
    /// True once the parent has repaired all faults and waits for the breakers to close.
    hurries: AtomicBool,
    counts: Mutex<Counts>,
    reports: Sender<Report>,
}

/// Runs until the parent ends, or kills this process.
pub fn run(role: Role) -> ! {
    let (reports, lines) = mpsc::channel::<Report>();
    thread::spawn(move || {
        // The test harness has written part of a line.
        println!();
        for report in lines {
            let mut out = io::stdout().lock();
            if out.write_all(report.line().as_bytes()).and_then(|()| out.flush()).is_err() {
                process::exit(0);
            }
        }
    });
    let instance = Arc::new(Instance {
        role,
        link: Arc::new(SharedLink::new()),
        hurries: AtomicBool::new(false),
        counts: Mutex::default(),
        reports,
    });
    instance.listen();
    let breakers = instance.start();
    for (shared, breaker) in &breakers {
        let (instance, shared, breaker) = (Arc::clone(&instance), *shared, Arc::clone(breaker));
        thread::spawn(move || instance.call(shared, &breaker));
    }
    let ticking = Arc::clone(&instance);
    thread::spawn(move || tick(|| true, |from, to| ticking.report(Report::Stalled { from, to })));
    let showing = Arc::clone(&instance);
    thread::spawn(move || showing.show(&breakers));
    instance.obey()
}

impl Instance {
    fn report(&self, report: Report) {
        // The thread that writes ends with the process.
        let _ = self.reports.send(report);
    }

    fn listen(self: &Arc<Self>) {
        let instance = Arc::clone(self);
        add_listener(move |event: &Event<'_>| match event {
            Event::FleetLost { .. } => {
                instance.link.change(false);
                instance.report(Report::Lost { at: now() });
            }
            Event::FleetFound { .. } => {
                instance.link.change(true);
                instance.report(Report::Found { at: now() });
            }
            _ => {}
        })
        .expect("it is the first listener");
    }

    fn start(&self) -> Vec<(&'static Shared, Arc<CircuitBreaker>)> {
        let Role { number, is_broken, .. } = self.role;
        let make = |shared: &Shared| {
            let breaker = shared.breaker(shared.name);
            if is_broken { breaker.half_open_max_calls(16) } else { breaker }
        };
        let breakers: Vec<_> =
            of_instance(number).map(|shared| (shared, Arc::new(make(shared)))).collect();
        let looks_on = is_broken && number >= INSTANCES / 2;
        let builder = Fleet::redis(&self.role.url)
            .expect("the URL is in form")
            .group(GROUP)
            .instance(format!("instance-{number}"))
            .quorum(Quorum::instances(2))
            .mode(if looks_on { Mode::Observe } else { Mode::Enforce });
        let builder = breakers.iter().fold(builder, |builder, (_, breaker)| builder.share(breaker));
        builder.start().expect("the settings are valid");
        breakers
    }

    /// Reads the parent's commands.
    fn obey(&self) -> ! {
        let mut byte = [0];
        // The input ends with the parent.
        while io::stdin().read_exact(&mut byte).is_ok() {
            // Relaxed, because no other data depends on it.
            self.hurries.store(true, Ordering::Relaxed);
        }
        process::exit(0)
    }

    /// Reports the states of the breakers continuously.
    fn show(&self, breakers: &[(&'static Shared, Arc<CircuitBreaker>)]) -> ! {
        loop {
            for (shared, breaker) in breakers {
                let (at, state) = (now(), breaker.state().to_string());
                self.report(Report::State { at, breaker: shared, state });
            }
            let counts = *self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            self.report(Report::Counts(counts));
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// Calls the dependency through the breaker repeatedly.
    fn call(&self, shared: &'static Shared, breaker: &Arc<CircuitBreaker>) -> ! {
        let mut random = Random::new(self.role.seed ^ (self.role.number as u64) << 32);
        let mut comparison = Comparison::new(shared, breaker, &self.link);
        let mut dependency = Dependency::connect(self.role.dependency);
        loop {
            self.wait(shared, &mut random);
            let link = self.link.read();
            let (permit, asked) = self.ask(shared, breaker);
            comparison.asked(asked, link);
            if let Some(permit) = permit {
                let by = asked.by();
                let call =
                    Call { instance: self.role.number, breaker: shared, asked: asked.from, by };
                let answer = dependency.call(call);
                let outcome = if random.is(3) { Outcome::Neutral } else { answer };
                comparison.ended(asked, permit, outcome);
                let has_tripped = by == By::Closed && breaker.state() == CircuitState::Open;
                let is_own = has_tripped && outcome == Outcome::Failure;
                self.count(|counts| counts.trips += u64::from(is_own));
            }
            self.count(|counts| {
                counts.compared += std::mem::take(&mut comparison.compared);
                counts.slowest_control = counts.slowest_control.max(comparison.slowest);
            });
            if let Some(how) = comparison.difference() {
                self.report(Report::Differs { at: now(), breaker: shared, how });
            }
        }
    }

    fn count(&self, count: impl FnOnce(&mut Counts)) {
        count(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Requests a permit from a breaker, and measures the cost.
    fn ask<'b>(
        &self,
        shared: &'static Shared,
        breaker: &'b CircuitBreaker,
    ) -> (Option<Permit<'b>>, Asked) {
        let before = breaker.state();
        let (from, processor) = (now(), processor_time());
        let permit = breaker.try_acquire().ok();
        let (processor_nanos, to) = (processor_time() - processor, now());
        let (after, admitted) = (breaker.state(), permit.is_some());
        self.count(|counts| {
            counts.admissions += 1;
            counts.slowest = counts.slowest.max(processor_nanos);
        });
        let wall_micros = to - from;
        if processor_nanos > MOST_PROCESSOR_TIME || wall_micros > MOST_TIME {
            let (at, breaker) = (from, shared);
            self.report(Report::Slow { at, breaker, processor_nanos, wall_micros });
        }
        (permit, Asked { from, to, before, after, admitted })
    }

    /// Waits until the next call is due.
    fn wait(&self, shared: &Shared, random: &mut Random) {
        let (from, to) = shared.gap;
        thread::sleep(random.millis(from, to));
        let Some(period) = shared.period.map(micros) else { return };
        let start = now();
        let offset = 300_000 * self.role.number as u64;
        let due = (start + period - offset) / period * period + offset;
        // Relaxed: one call more or less does not matter.
        while now() < due && !self.hurries.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The connection to the dependency.
struct Dependency {
    stream: BufReader<TcpStream>,
    answer: String,
}

impl Dependency {
    fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap_or_else(|_| process::exit(0));
        stream.set_nodelay(true).expect("it is a connection");
        Self { stream: BufReader::new(stream), answer: String::new() }
    }

    fn call(&mut self, call: Call) -> Outcome {
        self.answer.clear();
        let sent = self.stream.get_mut().write_all(call.line().as_bytes());
        let answered = sent.and_then(|()| self.stream.read_line(&mut self.answer));
        match (answered, self.answer.trim_end()) {
            (Ok(_), "ok") => Outcome::Success,
            (Ok(_), "failed") => Outcome::Failure,
            // The parent has ended.
            _ => process::exit(0),
        }
    }
}
