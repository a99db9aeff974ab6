//! The setters of a breaker's settings, for single breakers and for sets.

use std::time::Duration;

use super::{CircuitBreaker, CircuitBreakers, Window};
use crate::config::Mode;
use crate::failure::FailureKinds;
use crate::setters::setters;

setters! { CircuitBreaker, CircuitBreakers: {
    /// Sets the number of failures in a row that opens the breaker. Default: 5.
    ///
    /// A `static` with a value outside the limits does not compile:
    ///
    /// ```compile_fail,E0080
    /// # use retry_runtime::CircuitBreaker;
    /// static NEVER: CircuitBreaker = CircuitBreaker::new("never").failure_threshold(0);
    /// ```
    failure_threshold(failures: u32) = with_failure_threshold,
        panics "If the number is outside 1 to 65,535";

    /// Opens the breaker at a failure rate instead of at a number of failures in a row. Default:
    /// none.
    ///
    /// `failure_rate(0.5, 20, Window::calls(100))` opens the breaker when the window has at least
    /// 20 calls and at least half of them failed. The rate is evaluated when a failure is recorded.
    /// It replaces `failure_threshold`. See [`Window`] for the kinds of windows.
    failure_rate(rate: f64, min_calls: u32, window: Window) = with_failure_rate,
        panics "If `rate` is not above 0 and at most 1, `min_calls` is not from 1 to the calls of \
                the window (65,535 for a window of time), or the window is outside its limits";

    /// Counts calls that take longer than this, successful or failed. Default: never.
    ///
    /// With [`failure_rate`](Self::failure_rate), the breaker also opens when the share of slow
    /// calls in the same window reaches `rate`. The same `min_calls` applies. Without
    /// `failure_rate`, a slow call is a failure, and `rate` is not used. While half-open, a slow
    /// probe opens the breaker. The duration of a stream ends with its first item.
    ///
    /// A call is never slow if it is dropped, or if its failure says nothing about the dependency.
    /// See [`abandoned_after`](Self::abandoned_after) for dropped calls. With this setting, calls
    /// read the clock.
    slow_call(longer_than: Duration, rate: f64) = with_slow_call,
        panics "If the duration is zero, or `rate` is not above 0 and at most 1";

    /// Sets how long the breaker stays open before it admits a probe. Default: 60 s.
    recovery_timeout(timeout: Duration) = with_recovery_timeout,
        panics "If the duration is outside 1 ms to 365 days";

    /// Multiplies the open phase by `factor` with each failed recovery, up to `max`. Default: every
    /// open phase lasts `recovery_timeout`.
    ///
    /// The first open phase after the breaker was closed lasts `recovery_timeout`. Set
    /// `recovery_timeout` before this.
    recovery_backoff(factor: f64, max: Duration) = with_recovery_backoff,
        panics "If `factor` is not finite and at least 1, or `max` is not from `recovery_timeout` \
                to 365 days";

    /// Keeps the breaker open for as long as the error that opened it asks, up to `max`. Default:
    /// off.
    ///
    /// The open phase is then the longer of two times: the one given by `recovery_timeout` and
    /// `recovery_backoff`, and the error's [`retry_after`](crate::Retryable::retry_after), limited
    /// to `max`. For an error without `retry_after`, the duration of its
    /// [`retry_hint`](crate::Retryable::retry_hint) is used. The error of a failed probe counts
    /// too.
    ///
    /// There is no hint if the breaker is opened by a slow success, a dropped call, an operator,
    /// [`Permit::failure`](crate::Permit::failure) or
    /// [`record_failure`](crate::CircuitBreaker::record_failure). With `failure_if`, a hint is read
    /// only from errors that implement `Retryable`, and never from the items of a stream.
    respect_retry_after(max: Duration) = with_respect_retry_after,
        panics "If the duration is outside 1 ms to 365 days";

    /// Sets the number of successful probes that closes the breaker. Default: 2.
    success_threshold(successes: u32) = with_success_threshold,
        panics "If the number is outside 1 to 65,535";

    /// Sets the maximum number of simultaneous probes while half-open. Default: as many as
    /// `success_threshold`, at most 16.
    ///
    /// Below `success_threshold`, closing takes more than one round of probes.
    half_open_max_calls(calls: u32) = with_half_open_max_calls,
        panics "If the number is outside 1 to 16";

    /// Sets how long a probe keeps its slot without an outcome. Default: the larger of
    /// `recovery_timeout` and 60 s.
    ///
    /// After that time, another call may take the slot. A later outcome still counts if the breaker
    /// has stayed half-open. This bounds how long a forgotten permit, or a `should_allow_request`
    /// without `record_…`, keeps a half-open breaker waiting. Set it above the time that a call may
    /// take: otherwise more than `half_open_max_calls` probes may be under way.
    probe_timeout(timeout: Duration) = with_probe_timeout,
        panics "If the duration is outside 1 ms to 365 days";

    /// Sets the kinds of failure that count. Default: [`FailureKinds::TRANSIENT`] and
    /// [`MidStream`](crate::FailureKind::MidStream).
    trip_on(kinds: FailureKinds) = with_trip_on;

    /// Counts a dropped call as a failure if it ran for at least `limit`. Default: never.
    ///
    /// A caller with its own timeout drops a call that hangs. A dropped call does not count, so
    /// without this setting such a dependency never opens the breaker. Set it a little below the
    /// caller's timeout. Zero counts every dropped call. The `attempt_timeout` of `#[async_retry]`
    /// works without it. With this setting, calls read the clock.
    abandoned_after(limit: Duration) = with_abandoned_after;

    /// Sets whether the breaker rejects calls, only reports what it would reject, or is off.
    /// Default: [`Mode::Enforce`].
    mode(mode: Mode) = with_mode;
}}
