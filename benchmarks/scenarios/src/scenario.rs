//! The situations in which calls are protected.

use crate::tally::Tally;

/// One situation in which a call is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scenario {
    /// Retry; the first attempt succeeds.
    FirstSuccess,
    /// The same, with a timeout for each attempt.
    AttemptTimeout,
    /// The same, with a timeout for the whole call.
    TotalTimeout,
    /// The same, with a budget for retries.
    Budget,
    /// The same, with a `tracing` span for each attempt.
    Span,
    /// Retry; two attempts fail, the third succeeds; the delays are zero.
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
    /// The same; calls fail, but too few of them to open it.
    WindowTimeFailing,
    /// Breaker that counts slow calls; calls succeed and are fast.
    SlowCall,
    /// Breaker, open; calls are rejected.
    Rejecting,
    /// Breaker, looked up by its name for each call; calls succeed.
    ByName,
    /// A breaker for each of 1 key, closed; calls succeed.
    Keyed1,
    /// The same with 16 keys in turn.
    Keyed16,
    /// The same with 1,000 keys.
    Keyed1000,
    /// The same with 65,535 keys.
    Keyed65535,
    /// Breaker around retry; the first attempt succeeds.
    Both,
    /// No call; the clock is read.
    Clock,
}

impl Scenario {
    /// All, in the order in which they are reported.
    pub const ALL: [Self; 21] = [
        Self::FirstSuccess,
        Self::AttemptTimeout,
        Self::TotalTimeout,
        Self::Budget,
        Self::Span,
        Self::TwoFailures,
        Self::TwoFailuresWaiting,
        Self::Healthy,
        Self::Failing,
        Self::WindowCalls,
        Self::WindowTime,
        Self::WindowTimeFailing,
        Self::SlowCall,
        Self::Rejecting,
        Self::ByName,
        Self::Keyed1,
        Self::Keyed16,
        Self::Keyed1000,
        Self::Keyed65535,
        Self::Both,
        Self::Clock,
    ];

    /// Returns the name on the command line and in tables.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::FirstSuccess => "first-success",
            Self::AttemptTimeout => "attempt-timeout",
            Self::TotalTimeout => "total-timeout",
            Self::Budget => "budget",
            Self::Span => "span",
            Self::TwoFailures => "two-failures",
            Self::TwoFailuresWaiting => "two-failures-waiting",
            Self::Healthy => "healthy",
            Self::Failing => "failing",
            Self::WindowCalls => "window-calls",
            Self::WindowTime => "window-time",
            Self::WindowTimeFailing => "window-time-failing",
            Self::SlowCall => "slow-call",
            Self::Rejecting => "rejecting",
            Self::ByName => "by-name",
            Self::Keyed1 => "keyed-1",
            Self::Keyed16 => "keyed-16",
            Self::Keyed1000 => "keyed-1000",
            Self::Keyed65535 => "keyed-65535",
            Self::Both => "both",
            Self::Clock => "clock",
        }
    }

    /// Returns the heading in the report.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::FirstSuccess => "A. Retry, the first attempt succeeds",
            Self::AttemptTimeout => "A. Retry with a timeout for each attempt, the first succeeds",
            Self::TotalTimeout => {
                "A. Retry with a timeout for the call, the first attempt succeeds"
            }
            Self::Budget => "A. Retry with a budget, the first attempt succeeds",
            Self::Span => "A. Retry with a span for each attempt, the first succeeds",
            Self::TwoFailures => "B. Retry, two failures, no wait",
            Self::TwoFailuresWaiting => "B. Retry, two failures, waits of 1 ms and 2 ms",
            Self::Healthy => "C. Breaker, closed, calls succeed",
            Self::Failing => "C. Breaker, closed, calls fail",
            Self::WindowCalls => "C. Breaker with a window of 100 calls, calls succeed",
            Self::WindowTime => "C. Breaker with a window of 10 s, calls succeed",
            Self::WindowTimeFailing => "C. Breaker with a window of 10 s, calls fail",
            Self::SlowCall => "C. Breaker that counts slow calls, calls succeed",
            Self::Rejecting => "C. Breaker, open, calls are rejected",
            Self::ByName => "C. Breaker looked up by name, closed, calls succeed",
            Self::Keyed1 => "C. One breaker per key, 1 key",
            Self::Keyed16 => "C. One breaker per key, 16 keys",
            Self::Keyed1000 => "C. One breaker per key, 1,000 keys",
            Self::Keyed65535 => "C. One breaker per key, 65,535 keys",
            Self::Both => "D. Breaker around retry, the first attempt succeeds",
            Self::Clock => "Reading the clock",
        }
    }

    /// Returns the scenario with this id.
    #[must_use]
    pub fn by_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scenario| scenario.id() == id)
    }

    /// Returns whether attempts fail or calls are rejected. Such a scenario is measured in every
    /// set-up, because a subscriber or a recorder may add to its cost.
    #[must_use]
    pub const fn has_failures(self) -> bool {
        matches!(self, Self::TwoFailures | Self::Failing | Self::Rejecting)
    }

    /// Returns the maximum number of calls of a run. A breaker counts at most 65,535 failures
    /// before it opens.
    #[must_use]
    pub const fn most_calls(self) -> u64 {
        match self {
            Self::Failing | Self::WindowTimeFailing => 60_000,
            _ => u64::MAX,
        }
    }

    /// Returns the tally that a driver must see for this many calls.
    #[must_use]
    pub const fn expected(self, calls: u64) -> Tally {
        match self {
            Self::TwoFailures | Self::TwoFailuresWaiting => {
                Tally { calls: 3 * calls, successes: calls, failures: 0 }
            }
            Self::Failing | Self::WindowTimeFailing => {
                Tally { calls, successes: 0, failures: calls }
            }
            Self::Rejecting => Tally { calls: 0, successes: 0, failures: calls },
            Self::Clock => Tally { calls: 0, successes: calls, failures: 0 },
            _ => Tally { calls, successes: calls, failures: 0 },
        }
    }
}
