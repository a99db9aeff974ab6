//! A server with a queue, an outage of ten seconds, and what retries make of it: the example of a metastable failure in
//! Bronson, Aghayev, Charapko and Zhu, "Metastable Failures in Distributed Systems" (`HotOS`, 2021).
//!
//! Calls come independently of each other. The server works at what is first in its queue, also if nobody waits for it any
//! more; a caller waits for a second, and then retries at once, if it may.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use retry_utils::simulation::{Breaker, Next, Random, Series, Ticket};
use retry_utils::{CircuitState, FailureKind, RetryBudget, RetryConfig};

use super::normal::exponential;

/// What the server can do, in calls a second.
pub(crate) const CAPACITY: f64 = 300.0;
const TIMEOUT: f64 = 1.0;
/// When nothing is worked at, in seconds.
pub(crate) const OUTAGE: std::ops::Range<f64> = 20.0..30.0;

/// Who calls, and how.
pub(crate) struct Callers {
    /// New calls a second.
    pub(crate) load: f64,
    pub(crate) policy: RetryConfig,
    pub(crate) budget: Option<RetryBudget>,
    /// Above the retries, as `#[circuit_breaker]` stands above `#[async_retry]`: it sees each call once.
    pub(crate) breaker: Option<Breaker>,
}

/// What happened in each second.
#[derive(Debug, Clone, Default)]
pub(crate) struct Course {
    /// Attempts that came to the server.
    pub(crate) offered: Vec<u32>,
    /// Calls that were answered in time.
    pub(crate) answered: Vec<u32>,
    /// The breaker's state at its end; closed where there is none.
    pub(crate) states: Vec<CircuitState>,
}

impl Course {
    /// The mean over the seconds from this one on.
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
    /// When it will have worked off its queue.
    free: f64,
}

impl Server {
    /// When an attempt that comes now will be answered.
    fn answers(&mut self, now: f64) -> f64 {
        let mut begins = self.free.max(now);
        if OUTAGE.contains(&begins) {
            begins = OUTAGE.end;
        }
        self.free = begins + 1.0 / CAPACITY;
        self.free
    }
}

/// So many seconds.
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

/// How long after the outage everything has to be well again for a load to count as stable.
const PATIENCE: usize = 600;

/// Whether calls are answered again after the outage.
pub(crate) fn recovers(callers: &Callers, seed: u64) -> bool {
    let course = run(callers, PATIENCE, seed);
    Course::mean(&course.answered, PATIENCE - 30) > 0.95 * callers.load
}

/// The highest load, to one call a second, from which it recovers.
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

/// At once, and so many times.
pub(crate) fn at_once(retries: u32) -> RetryConfig {
    RetryConfig::new()
        .max_attempts(retries + 1)
        .base_delay(Duration::ZERO)
        .max_delay(Duration::ZERO)
}
