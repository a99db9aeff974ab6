//! A server with a queue, and retries during an outage of ten seconds. It is the example of a
//! metastable failure in Bronson, Aghayev, Charapko and Zhu, "Metastable Failures in Distributed
//! Systems" (`HotOS`, 2021).
//!
//! Calls arrive independently of each other. The server works on the first attempt in its queue,
//! even if the caller no longer waits. A caller waits for a second, and then retries immediately if
//! its policy allows that.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use retry_utils::simulation::{Breaker, Next, Random, Series, Ticket};
use retry_utils::{CircuitState, FailureKind, RetryBudget, RetryConfig};

use super::normal::exponential;

/// The capacity of the server, in calls per second.
pub(crate) const CAPACITY: f64 = 300.0;
const TIMEOUT: f64 = 1.0;
/// The time in which the server does not work, in seconds.
pub(crate) const OUTAGE: std::ops::Range<f64> = 20.0..30.0;

/// The callers, and how they call.
pub(crate) struct Callers {
    /// New calls per second.
    pub(crate) load: f64,
    pub(crate) policy: RetryConfig,
    pub(crate) budget: Option<RetryBudget>,
    /// Sees each call once, like `#[circuit_breaker]` above `#[async_retry]`.
    pub(crate) breaker: Option<Breaker>,
}

/// Counts for each second.
#[derive(Debug, Clone, Default)]
pub(crate) struct Course {
    /// Attempts that arrived at the server.
    pub(crate) offered: Vec<u32>,
    /// Calls that were answered in time.
    pub(crate) answered: Vec<u32>,
    /// The breaker's state at the end of the second. Without a breaker, it is closed.
    pub(crate) states: Vec<CircuitState>,
}

impl Course {
    /// Returns the mean over all seconds from `from`.
    pub(crate) fn mean(counts: &[u32], from: usize) -> f64 {
        let counted = &counts[from..];
        counted.iter().copied().map(f64::from).sum::<f64>() / counted.len() as f64
    }
}

#[derive(Debug)]
struct Event {
    at: f64,
    what: What,
}

#[derive(Debug)]
enum What {
    Call,
    /// An attempt runs out of time.
    TimedOut(Series, Option<Ticket>),
    /// An attempt was answered.
    Answered(Option<Ticket>),
    /// A wait is over.
    Again(Series, Option<Ticket>),
}

impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Event {}

impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Event {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at.total_cmp(&other.at)
    }
}

struct Server {
    /// The time at which the queue will be empty.
    free: f64,
}

impl Server {
    /// Adds an attempt that arrives now, and returns when it will be answered.
    fn answers(&mut self, now: f64) -> f64 {
        let mut begins = self.free.max(now);
        if OUTAGE.contains(&begins) {
            begins = OUTAGE.end;
        }
        self.free = begins + 1.0 / CAPACITY;
        self.free
    }
}

/// Runs the queue for `seconds`.
pub(crate) fn run(callers: &Callers, seconds: usize, seed: u64) -> Course {
    let Callers { load, policy, budget, breaker } = callers;
    let mut random = Random::new(seed);
    let mut course = Course {
        offered: vec![0; seconds],
        answered: vec![0; seconds],
        states: vec![CircuitState::Closed; seconds],
    };
    let mut server = Server { free: 0.0 };
    let mut events = BinaryHeap::from([Reverse(Event { at: 0.0, what: What::Call })]);
    while let Some(Reverse(Event { at, what })) = events.pop() {
        let second = at as usize;
        if second >= seconds {
            break;
        }
        if let Some(breaker) = breaker {
            course.states[second] = breaker.state();
        }
        let now = Duration::from_secs_f64(at);
        let (series, ticket) = match what {
            What::Call => {
                let next = at + exponential(&mut random, *load);
                events.push(Reverse(Event { at: next, what: What::Call }));
                let ticket = match breaker {
                    None => None,
                    Some(breaker) => match breaker.admit(now) {
                        None => continue,
                        ticket => ticket,
                    },
                };
                (Series::begin(budget.as_ref()), ticket)
            }
            What::Again(series, ticket) => (series, ticket),
            What::Answered(ticket) => {
                course.answered[second] += 1;
                settle(breaker.as_ref(), ticket, None, now);
                continue;
            }
            What::TimedOut(mut series, ticket) => {
                let kind = FailureKind::Timeout;
                match series.failed(policy, kind, None, budget.as_ref(), now, &mut random) {
                    Next::Retry(wait) if wait.is_zero() => (series, ticket),
                    Next::Retry(wait) => {
                        let what = What::Again(series, ticket);
                        events.push(Reverse(Event { at: at + wait.as_secs_f64(), what }));
                        continue;
                    }
                    _ => {
                        settle(breaker.as_ref(), ticket, Some(kind), now);
                        continue;
                    }
                }
            }
        };
        course.offered[second] += 1;
        let answers = server.answers(at);
        events.push(Reverse(if answers - at <= TIMEOUT {
            Event { at: answers, what: What::Answered(ticket) }
        } else {
            Event { at: at + TIMEOUT, what: What::TimedOut(series, ticket) }
        }));
    }
    course
}

fn settle(
    breaker: Option<&Breaker>,
    ticket: Option<Ticket>,
    failure: Option<FailureKind>,
    now: Duration,
) {
    if let (Some(breaker), Some(ticket)) = (breaker, ticket) {
        breaker.settle(ticket, failure, now);
    }
}

/// The duration of a run after which a stable load has recovered, in seconds.
const PATIENCE: usize = 600;

/// Returns whether calls are answered again after the outage.
pub(crate) fn recovers(callers: &Callers, seed: u64) -> bool {
    let course = run(callers, PATIENCE, seed);
    Course::mean(&course.answered, PATIENCE - 30) > 0.95 * callers.load
}

/// Returns the highest load that recovers, in whole calls per second.
pub(crate) fn stable_load(callers: impl Fn(f64) -> Callers, seed: u64) -> f64 {
    let (mut stable, mut stuck) = (10, 300);
    while stuck - stable > 1 {
        let load = i32::midpoint(stable, stuck);
        if recovers(&callers(load.into()), seed) {
            stable = load;
        } else {
            stuck = load;
        }
    }
    stable.into()
}

/// Returns a policy with immediate retries.
pub(crate) fn at_once(retries: u32) -> RetryConfig {
    RetryConfig::new()
        .max_attempts(retries + 1)
        .base_delay(Duration::ZERO)
        .max_delay(Duration::ZERO)
}
