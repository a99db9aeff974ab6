//! The rules of a breaker's settings, and the message for each.

/// A broken rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Violation {
    FailureThreshold,
    SuccessThreshold,
    HalfOpenMaxCalls,
    RecoveryTimeout,
    RecoveryFactor,
    RecoveryMax,
    ProbeTimeout,
    FailureRate,
    MinCalls,
    WindowCalls,
    WindowTime,
    SlowCallDuration,
    SlowCallRate,
    MaxKeys,
}

impl Violation {
    /// Returns the rule and the fix.
    #[inline]
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::FailureThreshold => {
                "`failure_threshold` must be from 1 to 65,535: 1 opens at the first failure, the default is 5"
            }
            Self::SuccessThreshold => {
                "`success_threshold` must be from 1 to 65,535: 1 closes at the first good probe, the default is 2"
            }
            Self::HalfOpenMaxCalls => {
                "`half_open_max_calls` must be from 1 to 16: leave it out for as many as `success_threshold`, up to 16"
            }
            Self::RecoveryTimeout => {
                "`recovery_timeout` must be from 1 ms to 365 days: to keep a breaker open for good, call `force_open`"
            }
            Self::RecoveryFactor => {
                "the factor of `recovery_backoff` must be a finite number of at least 1: 2 doubles the open phase with each failed recovery"
            }
            Self::RecoveryMax => {
                "the maximum of `recovery_backoff` must be at least `recovery_timeout` and at most 365 days: set `recovery_timeout` first, or raise the maximum"
            }
            Self::ProbeTimeout => {
                "`probe_timeout` must be from 1 ms to 365 days: leave it out for the larger of `recovery_timeout` and 60 s"
            }
            Self::FailureRate => {
                "the rate of `failure_rate` must be above 0 and at most 1: 0.5 opens when half of the calls fail"
            }
            Self::MinCalls => {
                "the `min_calls` of `failure_rate` must be from 1 to the calls of the window (65,535 for a window of time): lower it, or enlarge the window; with more it would never open"
            }
            Self::WindowCalls => {
                "`Window::calls` must be from 1 to 1,024: `Window::calls(100)` is the last 100; for more, take `Window::time`"
            }
            Self::WindowTime => {
                "`Window::time` must be from 10 ms to 24 hours: for less, take `Window::calls`"
            }
            Self::SlowCallDuration => {
                "the duration of `slow_call` must be above zero: every call takes longer than none"
            }
            Self::SlowCallRate => {
                "the rate of `slow_call` must be above 0 and at most 1: 0.5 opens when half of the calls are slow"
            }
            Self::MaxKeys => {
                "`max_keys` must be from 1 to 65,535: without a key there is nothing to break, the default is 1024"
            }
        }
    }
}
