//! The load of a group of 1,000 instances on Redis.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use retry_fleet::{Fleet, Status};
use retry_utils::{CircuitBreaker, CircuitState, Permit};
use with_fleet::Server;

const INSTANCES: usize = 1_000;
const RECOVERY: Duration = Duration::from_secs(20);
/// The measured time: three open phases.
const MEASURED: Duration = Duration::from_mins(1);
/// The ticks of processor time in a second, which are the same for all programs.
const TICKS: f64 = 100.0;

/// Measures and prints.
pub(crate) fn print() {
    let server = Server::start();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let (quiet, open) = runtime.expect("a runtime can be built").block_on(measure(&server));
    println!("| phase | commands a second | processor at Redis | of it a command |");
    println!("|---|---:|---:|---:|");
    for (phase, Load { commands, processor }) in [("quiet", quiet), ("open", open)] {
        println!(
            "| {phase} | {commands:.0} | {:.1} % | {:.0} us |",
            processor * 100.0,
            processor / commands * 1e6
        );
    }
    println!();
}

/// The load per second.
struct Load {
    commands: f64,
    /// The share of one processor.
    processor: f64,
}

async fn measure(server: &Server) -> (Load, Load) {
    let fails = Arc::new(AtomicBool::new(false));
    let mut fleets = Vec::new();
    let mut breakers = Vec::new();
    for number in 0..INSTANCES {
        let breaker = Arc::new(
            CircuitBreaker::new("dependency").recovery_timeout(RECOVERY).failure_threshold(5),
        );
        let builder = Fleet::redis(&server.url()).expect("the URL is in form").group("benchmark");
        let instance = builder.instance(format!("instance-{number}")).share(&breaker);
        let (fleet, running) = instance.run().expect("the settings are valid");
        tokio::spawn(running);
        tokio::spawn(call(Arc::clone(&breaker), Arc::clone(&fails)));
        fleets.push(fleet);
        breakers.push(breaker);
        // Processes do not start simultaneously either.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    until("all are coordinated", || {
        fleets.iter().all(|fleet| matches!(fleet.status(), Status::Coordinated { .. }))
    })
    .await;
    // The time between two beats grows with the number of instances, from the next beat on.
    tokio::time::sleep(Duration::from_secs(10)).await;
    let quiet = load(server).await;
    // Relaxed: one call more or less does not matter.
    fails.store(true, Ordering::Relaxed);
    until("all are open", || {
        breakers.iter().all(|breaker| breaker.state() != CircuitState::Closed)
    })
    .await;
    (quiet, load(server).await)
}

/// Calls once a second.
async fn call(breaker: Arc<CircuitBreaker>, fails: Arc<AtomicBool>) {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        if let Ok(permit) = breaker.try_acquire() {
            // Relaxed, as above.
            let end = if fails.load(Ordering::Relaxed) { Permit::failure } else { Permit::success };
            end(permit);
        }
    }
}

async fn until(what: &str, is_met: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_met() {
        assert!(start.elapsed() < Duration::from_mins(1), "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn load(server: &Server) -> Load {
    let start = Instant::now();
    let (commands, processor) = (commands(server), processor(server));
    tokio::time::sleep(MEASURED).await;
    let seconds = start.elapsed().as_secs_f64();
    Load {
        commands: (self::commands(server) - commands) / seconds,
        processor: (self::processor(server) - processor) / seconds,
    }
}

/// Returns the number of scripts that Redis has run.
fn commands(server: &Server) -> f64 {
    let stats: String = server.command(&["INFO", "commandstats"]);
    let calls = |name: &str| {
        let line = stats.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(":calls="));
        line.and_then(|line| line.split(',').next()?.parse::<f64>().ok()).unwrap_or(0.0)
    };
    calls("cmdstat_evalsha") + calls("cmdstat_eval")
}

/// Returns the seconds of processor time that Redis has used.
fn processor(server: &Server) -> f64 {
    let info: String = server.command(&["INFO", "server"]);
    let id = info.lines().find_map(|line| line.strip_prefix("process_id:"));
    let id = id.expect("the server has a process").trim();
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).expect("the process is alive");
    // After the name, which is in parentheses.
    let (_, fields) = stat.rsplit_once(')').expect("the name ends");
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
    ticks.map(|ticks| ticks.expect("ticks are a number")).sum::<f64>() / TICKS
}
