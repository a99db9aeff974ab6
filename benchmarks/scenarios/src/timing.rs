//! Rounds in which all contestants of a scenario take turns, so a disturbance of the machine
//! affects all of them.

use std::time::Duration;

use crate::contestant::{Contestant, Field, Run, is_bare};
use crate::drivers::Driver;
use crate::median::Spread;
use crate::scenario::Scenario;

/// The name of the plain call, which is the reference for the others.
pub const REFERENCE: &str = "plain";

/// The name of the plain call that is the reference for bare contestants.
pub const BARE_REFERENCE: &str = "plain-bare";

/// Returns the name of the reference for this contestant.
fn reference(name: &str) -> &'static str {
    if is_bare(name) { BARE_REFERENCE } else { REFERENCE }
}

/// The time of the calls of one contestant.
#[derive(Clone, Copy, Debug)]
pub struct Time {
    /// The contestant.
    pub contestant: Contestant,
    /// The driver.
    pub driver: Driver,
    /// Nanoseconds per call.
    pub nanos: Spread,
    /// The time divided by that of the plain call in the same round.
    pub ratio: Spread,
}

/// Measures all contestants of a scenario under one driver.
///
/// # Panics
///
/// Panics if the scenario has no plain call.
#[must_use]
pub fn measure(
    field: &Field,
    scenario: Scenario,
    driver: Driver,
    rounds: usize,
    batch: Duration,
) -> Vec<Time> {
    let runs: Vec<(Contestant, Run, u64)> = field
        .of(scenario)
        .filter_map(|contestant| contestant.run(driver).map(|run| (*contestant, run)))
        .map(|(contestant, run)| (contestant, run, calibrate(scenario, run, batch)))
        .collect();
    let mut nanos = vec![Vec::new(); runs.len()];
    for round in 0..rounds {
        for turn in 0..runs.len() {
            let at = (round + turn) % runs.len();
            let (_, run, calls) = runs[at];
            nanos[at].push(run(calls).as_secs_f64() * 1e9 / calls as f64);
        }
    }
    runs.iter()
        .enumerate()
        .map(|(at, (contestant, ..))| {
            let reference = reference(contestant.name);
            let plain = runs.iter().position(|(contestant, ..)| contestant.name == reference);
            let plain = &nanos[plain.expect("the scenario has the plain call")];
            let ratio = nanos[at].iter().zip(plain).map(|(own, plain)| own / plain).collect();
            let nanos = Spread::of(nanos[at].clone());
            Time { contestant: *contestant, driver, nanos, ratio: Spread::of(ratio) }
        })
        .collect()
}

/// Returns the number of calls that fill a batch.
fn calibrate(scenario: Scenario, run: Run, batch: Duration) -> u64 {
    // The first call initializes statics, which can take longer than a batch.
    run(1);
    let mut calls = 1;
    while calls < scenario.most_calls() && run(calls) < batch {
        calls = (calls * 2).min(scenario.most_calls());
    }
    calls
}
