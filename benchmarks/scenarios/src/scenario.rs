//! What the contestants have to do.

use crate::tally::Tally;

/// One situation in which a call is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scenario {
    /// Retry; the first attempt succeeds.
    FirstSuccess,
    /// The same, with an argument that the call borrows.
    FirstSuccessBorrowed,
    /// Retry; two attempts fail, the third succeeds, and nothing is waited for.
    TwoFailures,
    /// The same, with waits of 1 ms and 2 ms.
    TwoFailuresWaiting,
    /// Breaker, closed; calls succeed.
    Healthy,
    /// Breaker, closed, with a threshold too high to open; calls fail.
    Failing,
    /// Breaker with a window of the last 100 calls; calls succeed.
    WindowCalls,
    /// Breaker with a window of the last 10 s; calls succeed.
    WindowTime,
    /// Breaker, open; calls are rejected.
    Rejecting,
    /// Breaker around retry; the first attempt succeeds.
    Both,
    /// No call, but a reading of the clock.
    Clock,
}

impl Scenario {
    /// All, in the order in which they are reported.
    pub const ALL: [Self; 11] = [
        Self::FirstSuccess,
        Self::FirstSuccessBorrowed,
        Self::TwoFailures,
        Self::TwoFailuresWaiting,
        Self::Healthy,
        Self::Failing,
        Self::WindowCalls,
        Self::WindowTime,
        Self::Rejecting,
        Self::Both,
        Self::Clock,
    ];

    /// What it is called on the command line.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::FirstSuccess => "first-success",
            Self::FirstSuccessBorrowed => "first-success-borrowed",
            Self::TwoFailures => "two-failures",
            Self::TwoFailuresWaiting => "two-failures-waiting",
            Self::Healthy => "healthy",
            Self::Failing => "failing",
            Self::WindowCalls => "window-calls",
            Self::WindowTime => "window-time",
            Self::Rejecting => "rejecting",
            Self::Both => "both",
            Self::Clock => "clock",
        }
    }

    /// What it is called in a heading.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::FirstSuccess => "A. Retry, the first attempt succeeds",
            Self::FirstSuccessBorrowed => {
                "A. Retry, the first attempt succeeds, with a borrowed argument"
            }
            Self::TwoFailures => "B. Retry, two failures, no wait",
            Self::TwoFailuresWaiting => "B. Retry, two failures, waits of 1 ms and 2 ms",
            Self::Healthy => "C. Breaker, closed, calls succeed",
            Self::Failing => "C. Breaker, closed, calls fail",
            Self::WindowCalls => "C. Breaker with a window of 100 calls, calls succeed",
            Self::WindowTime => "C. Breaker with a window of 10 s, calls succeed",
            Self::Rejecting => "C. Breaker, open, calls are rejected",
            Self::Both => "D. Breaker around retry, the first attempt succeeds",
            Self::Clock => "Reading the clock",
        }
    }

    /// The one with this id.
    #[must_use]
    pub fn by_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scenario| scenario.id() == id)
    }

    /// How many calls of a run at most: a breaker that counts up to 65,535 failures opens at the next.
    #[must_use]
    pub const fn most_calls(self) -> u64 {
        match self {
            Self::Failing => 60_000,
            _ => u64::MAX,
        }
    }

    /// What a driver that makes so many calls has to see.
    #[must_use]
    pub const fn expected(self, calls: u64) -> Tally {
        match self {
            Self::FirstSuccess
            | Self::FirstSuccessBorrowed
            | Self::Healthy
            | Self::WindowCalls
            | Self::WindowTime
            | Self::Both => Tally { calls, successes: calls, failures: 0 },
            Self::TwoFailures | Self::TwoFailuresWaiting => {
                Tally { calls: 3 * calls, successes: calls, failures: 0 }
            }
            Self::Failing => Tally { calls, successes: 0, failures: calls },
            Self::Rejecting => Tally { calls: 0, successes: 0, failures: calls },
            Self::Clock => Tally { calls: 0, successes: calls, failures: 0 },
        }
    }
}
