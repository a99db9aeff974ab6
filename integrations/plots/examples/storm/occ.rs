//! Optimistic locking under contention, as in "Exponential Backoff And Jitter" of the AWS
//! Architecture Blog (2015).
//!
//! All clients want to change one record. Each reads its version, and writes if the version has not
//! changed. A client that is too late waits and begins again. Each message takes |N(10, 2)| ms one
//! way.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use retry_utils::simulation::{Breaker, Next, Random, Series};
use retry_utils::{FailureKind, Jitter, RetryBudget, RetryConfig};

use super::normal::normal;

/// The wait of a client that was too late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backoff {
    None,
    Of(Jitter),
}

impl Backoff {
    pub(crate) const ALL: [Self; 5] = [
        Self::None,
        Self::Of(Jitter::None),
        Self::Of(Jitter::Equal),
        Self::Of(Jitter::Full),
        Self::Of(Jitter::Decorrelated),
    ];

    /// Returns the policy of the article: base 5 ms, at most 2 s.
    ///
    /// Except for decorrelated jitter, the article's program doubles the delay before the first
    /// wait, so the first delay is twice the base.
    fn policy(self) -> RetryConfig {
        const BASE: Duration = Duration::from_millis(5);
        let endless = RetryConfig::new().max_attempts(u32::MAX).max_delay(Duration::from_secs(2));
        match self {
            Self::None => endless.base_delay(Duration::ZERO).jitter(Jitter::None),
            Self::Of(Jitter::Decorrelated) => endless.base_delay(BASE).jitter(Jitter::Decorrelated),
            Self::Of(jitter) => endless.base_delay(2 * BASE).jitter(jitter),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Of(Jitter::None) => "exponential",
            Self::Of(Jitter::Equal) => "equal jitter",
            Self::Of(Jitter::Full) => "full jitter",
            Self::Of(_) => "decorrelated",
        }
    }
}

/// The results of one run, or the means of many.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Outcome {
    /// Writes, including those that were too late.
    pub(crate) calls: f64,
    /// The time of the last write, in milliseconds.
    pub(crate) completion: f64,
    /// The clients that could write.
    pub(crate) written: f64,
}

/// A message to the server. Messages are ordered by time, and then by the order of sending.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Arrival {
    at: Duration,
    number: u64,
    client: usize,
    /// The version that a write is based on. `None` for a read.
    version: Option<u32>,
}

fn one_way(random: &mut Random) -> Duration {
    Duration::from_secs_f64(normal(random, 10.0, 2.0).abs() / 1000.0)
}

/// Runs clients under a policy, with a budget or a breaker if there is one.
pub(crate) fn run(
    clients: usize,
    policy: &RetryConfig,
    budget: Option<&RetryBudget>,
    breaker: Option<&Breaker>,
    random: &mut Random,
) -> Outcome {
    let mut series = vec![Series::begin(budget); clients];
    let mut arrivals = BinaryHeap::new();
    let mut number = 0;
    let mut send = |arrivals: &mut BinaryHeap<_>, at, client, version| {
        number += 1;
        arrivals.push(Reverse(Arrival { at, number, client, version }));
    };
    for client in 0..clients {
        send(&mut arrivals, one_way(random), client, None);
    }
    let tickets: Vec<_> =
        (0..clients).map(|_| breaker.and_then(|breaker| breaker.admit(Duration::ZERO))).collect();
    let settle = |client: usize, failure, now| {
        if let (Some(breaker), Some(ticket)) = (breaker, tickets[client]) {
            breaker.settle(ticket, failure, now);
        }
    };
    let (mut current, mut calls, mut completion) = (0_u32, 0_u32, Duration::ZERO);
    while let Some(Reverse(Arrival { at, client, version, .. })) = arrivals.pop() {
        let Some(version) = version else {
            let answered = at + one_way(random);
            send(&mut arrivals, answered + one_way(random), client, Some(current));
            continue;
        };
        calls += 1;
        let answered = at + one_way(random);
        if version == current {
            current += 1;
            completion = completion.max(answered);
            settle(client, None, answered);
            continue;
        }
        let kind = FailureKind::Transient;
        match series[client].failed(policy, kind, None, budget, answered, random) {
            Next::Retry(wait) => {
                send(&mut arrivals, answered + wait + one_way(random), client, None);
            }
            _ => settle(client, Some(kind), answered),
        }
    }
    Outcome {
        calls: f64::from(calls),
        completion: completion.as_secs_f64() * 1000.0,
        written: f64::from(current),
    }
}

/// Returns the means of several runs.
pub(crate) fn mean(clients: usize, backoff: Backoff, runs: u32, seed: u64) -> Outcome {
    let policy = backoff.policy();
    mean_of(runs, seed, |random| run(clients, &policy, None, None, random))
}

pub(crate) fn mean_of(
    runs: u32,
    seed: u64,
    mut run: impl FnMut(&mut Random) -> Outcome,
) -> Outcome {
    let mut random = Random::new(seed);
    let mut sum = Outcome::default();
    for _ in 0..runs {
        let one = run(&mut random);
        sum.calls += one.calls;
        sum.completion += one.completion;
        sum.written += one.written;
    }
    let mean = |sum: f64| sum / f64::from(runs);
    Outcome { calls: mean(sum.calls), completion: mean(sum.completion), written: mean(sum.written) }
}

/// The results of the article's program, as means of 100 runs. For each number of clients, it
/// has the calls and the completion in milliseconds of each backoff.
pub(crate) const PUBLISHED: [(usize, [(f64, f64); 5]); 3] = [
    (50, [(690.0, 1146.0), (620.0, 35972.0), (346.0, 4215.0), (333.0, 2842.0), (376.0, 2277.0)]),
    (
        100,
        [(2422.0, 2026.0), (1861.0, 63572.0), (813.0, 6620.0), (795.0, 4925.0), (1000.0, 4576.0)],
    ),
    (
        190,
        [
            (7997.0, 3531.0),
            (5164.0, 101_500.0),
            (1759.0, 9373.0),
            (1771.0, 7389.0),
            (2437.0, 7663.0),
        ],
    ),
];
