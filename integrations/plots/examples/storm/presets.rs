//! The presets under the same conditions: alone, with a budget, with a breaker, and with both.

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

/// The protection of callers that retry under a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protection {
    Nothing,
    Budget,
    Breaker,
    Both,
}

impl Protection {
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

    /// Returns callers of the queue whose budget and breaker have the default settings.
    pub(crate) fn callers(self, policy: &RetryConfig, load: f64) -> Callers {
        Callers { load, policy: policy.clone(), budget: self.budget(), breaker: self.breaker() }
    }
}

/// The results of a preset.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub(crate) preset: &'static str,
    pub(crate) protection: Protection,
    /// The highest number of attempts per second after the outage began, at 250 calls per second.
    pub(crate) peak: u32,
    /// Answers per second, nine minutes later.
    pub(crate) answered: f64,
    /// The highest load that recovers, in calls per second.
    pub(crate) stable: f64,
}

/// Returns the results of each preset with each protection.
pub(crate) fn in_the_queue() -> Vec<Line> {
    let mut lines = Vec::new();
    for (preset, policy) in PRESETS {
        for protection in Protection::ALL {
            let course = queue::run(&protection.callers(&policy, 250.0), 600, 1);
            let from = queue::OUTAGE.start as usize;
            lines.push(Line {
                preset,
                protection,
                peak: course.offered[from..].iter().copied().max().unwrap_or_default(),
                answered: Course::mean(&course.answered, 540),
                stable: stable_load(|load| protection.callers(&policy, load), 1),
            });
        }
    }
    lines
}

/// Runs a hundred clients that write one record, under each preset with each protection.
pub(crate) fn with_one_record() -> Vec<(&'static str, Protection, Outcome)> {
    let mut lines = Vec::new();
    for (preset, policy) in PRESETS {
        for protection in Protection::ALL {
            let outcome = occ::mean_of(100, 1, |random| {
                let (budget, breaker) = (protection.budget(), protection.breaker());
                occ::run(100, &policy, budget.as_ref(), breaker.as_ref(), random)
            });
            lines.push((preset, protection, outcome));
        }
    }
    lines
}

/// Returns success and amplification of a hundred clients whose attempts fail at random: for each
/// preset alone, with a token bucket in each client, and with a breaker in each client.
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
