//! What the presets do where others have failed: alone, with a budget, with a breaker above, and with both.

use retry_runtime::simulation::Breaker;
use retry_utils::{
    AGGRESSIVE, CONSERVATIVE, CircuitBreaker, RetryBudget, RetryConfig, STANDARD, STREAMING,
};

use super::queue::{self, Callers, Course, stable_load};
use super::shares::{self, Bound, Clients};

pub(crate) const PRESETS: [(&str, RetryConfig); 4] = [
    ("STANDARD", STANDARD),
    ("CONSERVATIVE", CONSERVATIVE),
    ("AGGRESSIVE", AGGRESSIVE),
    ("STREAMING", STREAMING),
];

/// What stands beside a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beside {
    Nothing,
    Budget,
    Breaker,
    Both,
}

impl Beside {
    pub(crate) const ALL: [Self; 4] = [Self::Nothing, Self::Budget, Self::Breaker, Self::Both];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nothing => "alone",
            Self::Budget => "budget",
            Self::Breaker => "breaker",
            Self::Both => "both",
        }
    }

    /// Callers of the queue, with the defaults of what they have.
    pub(crate) fn callers(self, policy: &RetryConfig, load: f64) -> Callers {
        let budget = matches!(self, Self::Budget | Self::Both).then(RetryBudget::new);
        let breaker = matches!(self, Self::Breaker | Self::Both)
            .then(|| Breaker::new(CircuitBreaker::new("queue")));
        Callers { load, policy: policy.clone(), budget, breaker }
    }
}

/// What a policy comes to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub(crate) preset: &'static str,
    pub(crate) beside: Beside,
    /// In the queue, at 250 calls a second: the most that came in a second after the outage began, in attempts.
    pub(crate) peak: u32,
    /// What is answered a second, nine minutes later.
    pub(crate) answered: f64,
    /// The highest load, in calls a second, from which the queue recovers.
    pub(crate) stable: f64,
}

/// Each preset with each of what may stand beside it.
pub(crate) fn in_the_queue() -> Vec<Line> {
    let mut lines = Vec::new();
    for (preset, policy) in PRESETS {
        for beside in Beside::ALL {
            let course = queue::run(&beside.callers(&policy, 250.0), 600, 1);
            let from = queue::OUTAGE.start as usize;
            lines.push(Line {
                preset,
                beside,
                peak: course.offered[from..].iter().copied().max().unwrap_or_default(),
                answered: Course::mean(&course.answered, 540),
                stable: stable_load(|load| beside.callers(&policy, load), 1),
            });
        }
    }
    lines
}

/// Success and amplification of a hundred clients whose attempts fail with a probability: of each preset alone, and with a
/// token bucket in each client.
pub(crate) fn at_random() -> Vec<(&'static str, f64, [shares::Share; 2])> {
    let clients = Clients { number: 100, per_second: 10.0 };
    let mut lines = Vec::new();
    for (preset, policy) in PRESETS {
        for failing in [0.1, 0.5] {
            let of = |bound| shares::run(clients, failing, bound, &policy, 1);
            lines.push((preset, failing, [of(Bound::None), of(Bound::Bucket)]));
        }
    }
    lines
}
