//! The failed calls of an outage, until all breakers are open and in an hour: in a fleet, and with
//! the same number of breakers alone. In virtual time, so only the rules count.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use retry_fleet::{Fleet, FleetBuilder};
use retry_utils::{CircuitBreaker, CircuitState};
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep};

use crate::quantile;

const INSTANCES: usize = 200;
/// The time between two calls of an instance, on average.
const GAPS: [Duration; 3] =
    [Duration::from_millis(100), Duration::from_secs(1), Duration::from_secs(10)];
const OUTAGE: Duration = Duration::from_hours(1);
/// The time until a call fails.
const CALL: Duration = Duration::from_millis(10);
const RUNS: usize = 3;

/// Measures and prints.
pub(crate) fn print() {
    println!(
        "| calls of an instance | breakers | failed until all are open | all open after, s | \
         failed in an hour |"
    );
    println!("|---|---|---:|---:|---:|");
    for gap in GAPS {
        for is_fleet in [false, true] {
            let mut runs: Vec<_> =
                (0..RUNS).map(|seed| measure(gap, is_fleet, seed as u64)).collect();
            runs.sort_unstable_by_key(|spent| spent.in_all);
            let spent = quantile(&runs, 50);
            println!(
                "| every {gap:?} | {} | {} | {:.2} | {} |",
                if is_fleet { "a fleet" } else { "alone" },
                spent.until_open,
                spent.all_open_after.as_secs_f64(),
                spent.in_all
            );
        }
    }
    println!();
}

/// The failed calls of an outage.
#[derive(Clone, Copy)]
struct Spent {
    until_open: u64,
    all_open_after: Duration,
    in_all: u64,
}

fn measure(gap: Duration, is_fleet: bool, seed: u64) -> Spent {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime can be built");
    LocalSet::new().block_on(&runtime, outage(gap, is_fleet, seed))
}

async fn outage(gap: Duration, is_fleet: bool, seed: u64) -> Spent {
    let meeting = Fleet::in_memory().group("benchmark");
    let breakers: Vec<_> = (0..INSTANCES)
        .map(|number| {
            let breaker = Arc::new(CircuitBreaker::new("dependency"));
            if is_fleet {
                join(&meeting, number, &breaker);
            }
            breaker
        })
        .collect();
    // All are coordinated, and past their first beats.
    sleep(Duration::from_secs(30)).await;
    let began = Instant::now();
    let failed = Rc::new(Cell::new(0));
    for (number, breaker) in breakers.iter().enumerate() {
        let seed = seed * INSTANCES as u64 + number as u64;
        let (breaker, failed) = (Arc::clone(breaker), Rc::clone(&failed));
        tokio::task::spawn_local(call(breaker, gap, failed, seed));
    }
    while breakers.iter().any(|breaker| breaker.state() == CircuitState::Closed) {
        sleep(Duration::from_millis(1)).await;
    }
    let (until_open, all_open_after) = (failed.get(), began.elapsed());
    sleep(OUTAGE.saturating_sub(began.elapsed())).await;
    Spent { until_open, all_open_after, in_all: failed.get() }
}

fn join(meeting: &FleetBuilder, number: usize, breaker: &Arc<CircuitBreaker>) {
    let instance = meeting.clone().instance(format!("instance-{number}")).share(breaker);
    let (_, running) = instance.run().expect("the settings are valid");
    tokio::task::spawn_local(running);
}

/// Calls repeatedly. Every call fails.
async fn call(breaker: Arc<CircuitBreaker>, gap: Duration, failed: Rc<Cell<u64>>, seed: u64) {
    let mut random = seed;
    loop {
        sleep(gap.mul_f64(exponential(&mut random))).await;
        if let Ok(permit) = breaker.try_acquire() {
            failed.set(failed.get() + 1);
            sleep(CALL).await;
            permit.failure();
        }
    }
}

/// Returns a random number with a mean of 1, distributed like times between independent events.
fn exponential(state: &mut u64) -> f64 {
    // splitmix64.
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    let uniform = ((mixed >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
    -uniform.ln()
}
