//! The dependency. It is the parent itself, which sees each call.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::clock::{Random, now};
use crate::history::{Records, Served};
use crate::report::Call;
use crate::settings::LONGEST_CALL;

/// A service on the loopback interface.
pub struct Dependency {
    pub port: u16,
    health: Arc<Health>,
}

/// The current behavior of the dependency.
struct Health {
    /// Calls of instances below this number fail.
    failing: AtomicUsize,
    /// True if all calls take long, instead of some.
    is_slow: bool,
}

impl Dependency {
    /// Starts the service, which records all calls. If it is slow, calls of many callers certainly
    /// overlap.
    pub fn start(seed: u64, is_slow: bool, records: &Arc<Records>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let health = Arc::new(Health { failing: AtomicUsize::new(0), is_slow });
        let dependency = Self { port, health: Arc::clone(&health) };
        let records = Arc::downgrade(records);
        thread::spawn(move || {
            let mut random = Random::new(seed);
            for caller in listener.incoming().map_while(Result::ok) {
                let Some(records) = records.upgrade() else { return };
                let health = Arc::clone(&health);
                let random = Random::new(random.next());
                thread::spawn(move || serve(&caller, &health, &records, random));
            }
        });
        dependency
    }

    /// From now on fails for the first instances, this many.
    pub fn fail_for(&self, instances: usize) {
        // Relaxed: a call during the change may get either answer.
        self.health.failing.store(instances, Ordering::Relaxed);
    }
}

/// Serves one caller until it disconnects.
fn serve(caller: &TcpStream, health: &Health, records: &Records, mut random: Random) {
    // Answers are small.
    let _ = caller.set_nodelay(true);
    let (mut lines, mut answers) = (BufReader::new(caller), caller);
    let mut line = String::new();
    while lines.read_line(&mut line).is_ok_and(|length| length > 0) {
        let began = now();
        let call = Call::parse(line.trim_end()).expect("the caller is ours");
        line.clear();
        let longest = u64::try_from(LONGEST_CALL.as_millis()).expect("it is short");
        let (from, to) = match health.is_slow {
            true => (longest - 50, longest),
            false if random.is(85) => (2, 40),
            false => (2, longest),
        };
        thread::sleep(random.millis(from, to));
        // Relaxed, as above.
        let fails = call.instance < health.failing.load(Ordering::Relaxed);
        let to = now();
        records.open().served.push(Served { call, from: began, to });
        if answers.write_all(if fails { b"failed\n" } else { b"ok\n" }).is_err() {
            return;
        }
    }
}
