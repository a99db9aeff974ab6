//! What the presets do where others have failed: alone, with a budget, with a breaker above, and with both.

use retry_utils::simulation::Breaker;
use retry_utils::{
    AGGRESSIVE, CONSERVATIVE, CircuitBreaker, RetryBudget, RetryConfig, STANDARD, STREAMING,
};

use super::occ::{self, Outcome};
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

    fn budget(self) -> Option<RetryBudget> {
        matches!(self, Self::Budget | Self::Both).then(RetryBudget::new)
    }

    fn breaker(self) -> Option<Breaker> {
        matches!(self, Self::Breaker | Self::Both)
            .then(|| Breaker::new(CircuitBreaker::new("dependency")))
    }

    /// Callers of the queue, with the defaults of what they have.
    pub(crate) fn callers(self, policy: &RetryConfig, load: f64) -> Callers {
        Callers { load, policy: policy.clone(), budget: self.budget(), breaker: self.breaker() }
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

/// A hundred clients that write one record, all at once: each preset with each of what may stand beside it.
pub(crate) fn with_one_record() -> Vec<(&'static str, Beside, Outcome)> {
    let mut lines = Vec::new();
    for (preset, policy) in PRESETS {
        for beside in Beside::ALL {
            let outcome = occ::mean_of(100, 1, |random| {
                let (budget, breaker) = (beside.budget(), beside.breaker());
                occ::run(100, &policy, budget.as_ref(), breaker.as_ref(), random)
            });
            lines.push((preset, beside, outcome));
        }
    }
    lines
}

/// Success and amplification of a hundred clients whose attempts fail with a probability: of each preset alone, with a
/// token bucket in each client, and with a breaker in each.
pub(crate) fn at_random() -> Vec<(&'static str, f64, [shares::Share; 3])> {
    let clients = Clients { number: 100, per_second: 10.0 };
    let mut lines = Vec::new();
    for (preset, policy) in PRESETS {
        for failing in [0.1, 0.5] {
            let of = |bound| shares::run(clients, failing, bound, &policy, 1);
            lines.push((preset, failing, [Bound::None, Bound::Bucket, Bound::Breaker].map(of)));
        }
    }
    lines
}
