//! Published figures, or those of a published model, compared with ours.

use retry_utils::{RetryBudget, RetryConfig};

use super::layers;
use super::occ::{self, Backoff};
use super::queue::{self, Callers, Course, at_once, stable_load};
use super::shares::{self, Bound, Clients};

/// The source of a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Figures of a publication.
    Published(&'static str),
    /// A published model that we ran again.
    Rerun(&'static str),
}

/// The allowed distance from a reference, as a share of it.
pub(crate) const COUNT: f64 = 0.05;
pub(crate) const TIME: f64 = 0.10;

/// A figure and its reference.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) reference: f64,
    pub(crate) ours: f64,
    pub(crate) tolerance: f64,
    /// A distance that is always allowed, for references near zero.
    pub(crate) least: f64,
}

impl Row {
    fn new(what: impl Into<String>, reference: f64, ours: f64, tolerance: f64) -> Self {
        Self { what: what.into(), reference, ours, tolerance, least: 0.0 }
    }

    pub(crate) fn is_within(&self) -> bool {
        let distance = (self.ours - self.reference).abs();
        distance <= (self.reference.abs() * self.tolerance).max(self.least)
    }
}

/// Figures that belong together.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) title: &'static str,
    pub(crate) source: Source,
    pub(crate) rows: Vec<Row>,
}

/// Optimistic locking: calls, and the time until all are done, in milliseconds.
pub(crate) fn contention(runs: u32, clients: &[usize]) -> Table {
    let mut rows = Vec::new();
    for (number, published) in occ::PUBLISHED {
        if !clients.contains(&number) {
            continue;
        }
        for (backoff, (calls, completion)) in Backoff::ALL.into_iter().zip(published) {
            let ours = occ::mean(number, backoff, runs, 1);
            let name = format!("{number} clients, {}", backoff.name());
            let tolerance = if backoff == Backoff::None { 0.02 } else { 0.015 };
            rows.push(Row::new(format!("{name}: calls"), calls, ours.calls, tolerance));
            rows.push(Row::new(format!("{name}: done, ms"), completion, ours.completion, 0.05));
        }
    }
    let source = Source::Published("AWS Architecture Blog, Exponential Backoff And Jitter, 2015");
    Table { title: "Clients that write one record", source, rows }
}

/// Attempts per call.
pub(crate) fn multiplication() -> Table {
    let layered =
        |attempts: u32, layers| f64::from(layers::through(layers, &at_once(attempts - 1)));
    let mut rows = vec![
        Row::new("4 attempts in each of 3 layers", 64.0, layered(4, 3), 0.0),
        Row::new("3 attempts in each of 5 layers", 243.0, layered(3, 5), 0.0),
    ];
    for (retries, failing) in [(1, 0.1), (2, 0.5), (3, 0.5), (4, 0.9)] {
        let sum = (1.0 - f64::powi(failing, retries + 1)) / (1.0 - failing);
        let policy = at_once(retries.unsigned_abs());
        let ours = layers::at_random(&policy, failing, 200_000, 2);
        rows.push(Row::new(format!("{retries} retries at p = {failing}"), sum, ours, COUNT));
    }
    let source = Source::Published("arithmetic: (1 − pᴺ⁺¹) / (1 − p)");
    Table { title: "Attempts per call", source, rows }
}

/// Returns callers of the queue with immediate retries, and a budget of this ratio.
pub(crate) fn callers(retries: u32, ratio: Option<f64>) -> impl Fn(f64) -> Callers {
    move |load| Callers {
        load,
        policy: at_once(retries),
        budget: ratio.map(|ratio| RetryBudget::new().ratio(ratio).burst(10)),
        breaker: None,
    }
}

/// After an outage of ten seconds: attempts, answers, and the highest load that recovers.
pub(crate) fn recovery() -> Table {
    let stuck = queue::run(&callers(1, None)(280.0), 600, 1);
    let well = queue::run(&callers(0, None)(280.0), 600, 1);
    let late = |counts: &[u32]| Course::mean(counts, 500);
    let mut rows = vec![
        Row::new("load 280/s, no retry: answered/s", 280.0, late(&well.answered), COUNT),
        Row::new("load 280/s, 1 retry: offered/s", 560.0, late(&stuck.offered), COUNT),
        Row {
            least: 3.0,
            ..Row::new("load 280/s, 1 retry: answered/s", 0.0, late(&stuck.answered), COUNT)
        },
    ];
    for (name, retries, ratio, reference) in [
        ("1 retry: stable up to /s", 1, None, 150.0),
        ("2 retries: stable up to /s", 2, None, 100.0),
        ("1 retry, budget of 10 %: stable up to /s", 1, Some(0.1), 265.0),
        ("1 retry, budget of 20 %: stable up to /s", 1, Some(0.2), 240.0),
    ] {
        rows.push(Row::new(name, reference, stable_load(callers(retries, ratio), 1), TIME));
    }
    let source =
        Source::Rerun("Bronson et al., Metastable Failures in Distributed Systems, HotOS 2021");
    Table { title: "A queue of 300/s after an outage", source, rows }
}

/// Buckets and breakers in each client.
pub(crate) fn bounds() -> Table {
    const HUNDRED: Clients = Clients { number: 100, per_second: 10.0 };
    let policy: RetryConfig = at_once(3);
    let mut rows = Vec::new();
    for (failing, bound, success, amplification) in [
        (0.1, Bound::None, 1.0, 1.11),
        (0.1, Bound::Bucket, 0.988, 1.10),
        (0.1, Bound::Breaker, 0.936, 1.04),
        (0.5, Bound::None, 0.939, 1.88),
        (0.5, Bound::Bucket, 0.559, 1.12),
        (0.5, Bound::Breaker, 0.504, 1.0),
    ] {
        let ours = shares::run(HUNDRED, failing, bound, &policy, 1);
        let name = format!("p = {failing}, {}", bound.name());
        rows.push(Row::new(format!("{name}: success"), success, ours.success, COUNT));
        let ours = ours.amplification;
        rows.push(Row::new(format!("{name}: amplification"), amplification, ours, COUNT));
    }
    for (number, amplification) in [(10, 1.12), (100, 1.30), (1000, 1.85)] {
        let clients = Clients { number, per_second: 100.0 / number as f64 };
        let ours = shares::run(clients, 0.5, Bound::Bucket, &policy, 1).amplification;
        let name = format!("p = 0.5, {number} clients, 100/s in all, a bucket each: amplification");
        rows.push(Row::new(name, amplification, ours, COUNT));
    }
    let source =
        Source::Rerun("Brooker, Fixing retries with token buckets and circuit breakers, 2022");
    Table { title: "Retries bounded in each client", source, rows }
}
