//! The setters of a breaker's settings, for one breaker and for many.

use std::time::Duration;

use super::{CircuitBreaker, CircuitBreakers, Window};
use crate::config::Mode;
use crate::failure::FailureKinds;
use crate::setters::setters;

setters! { CircuitBreaker, CircuitBreakers: {
    /// Sets how many failures in a row open it. Default: 5.
    ///
    /// A `static` with a value outside the limits does not compile:
    ///
    /// ```compile_fail,E0080
    /// # use retry_runtime::CircuitBreaker;
    /// static NEVER: CircuitBreaker = CircuitBreaker::new("never").failure_threshold(0);
    /// ```
    failure_threshold(failures: u32) = with_failure_threshold, panics "Outside 1 to 65,535";

    /// Opens at a failure rate instead of failures in a row. Default: none.
    ///
    /// `failure_rate(0.5, 20, Window::calls(100))` opens when at least 20 calls are in the window
    /// and half of them failed. The rate is evaluated when a failure is recorded. It replaces
    /// `failure_threshold`. See [`Window`] for the kinds of windows.
    failure_rate(rate: f64, min_calls: u32, window: Window) = with_failure_rate,
        panics "Unless `rate` is above 0 and at most 1, `min_calls` from 1 to the calls of the window \
                (65,535 for a window of time), and the window within its limits";

    /// Counts calls that took longer than this, successful or failed. Default: never.
    ///
    /// With [`failure_rate`](Self::failure_rate), the breaker also opens when the share of slow
    /// calls in the same window reaches `rate`, from the same `min_calls` on. Without it, a slow
    /// call is a failure, and `rate` is not used. In half-open, a slow probe opens the breaker. The
    /// duration of a stream ends with its first item.
    ///
    /// A call that is dropped, or whose failure says nothing about the dependency, is not slow: see
    /// [`abandoned_after`](Self::abandoned_after). Each call reads the clock twice.
    slow_call(longer_than: Duration, rate: f64) = with_slow_call,
        panics "Unless the duration is above zero, and `rate` above 0 and at most 1";

    /// Sets how long it stays open before it admits a probe. Default: 60 s.
    recovery_timeout(timeout: Duration) = with_recovery_timeout, panics "Outside 1 ms to 365 days";

    /// Multiplies the open phase by `factor` with each failed recovery, up to `max`. Default: every
    /// open phase is as long as `recovery_timeout`.
    ///
    /// The first open phase is `recovery_timeout`, and so is the first after the breaker has
    /// closed. Set `recovery_timeout` before this.
    recovery_backoff(factor: f64, max: Duration) = with_recovery_backoff,
        panics "Unless `factor` is finite and at least 1, and `max` from `recovery_timeout` to 365 days";

    /// Keeps it open for as long as the error that opened it asks for, up to `max`. Default: off.
    ///
    /// The open phase is then the longer of two times: the time given by `recovery_timeout` and
    /// `recovery_backoff`, and the error's [`retry_after`](crate::Retryable::retry_after), limited
    /// to `max`. An error without one may have a [`retry_hint`](crate::Retryable::retry_hint), whose
    /// duration is then read. The error of a failed probe counts too.
    ///
    /// There is no hint if the breaker is opened by a slow success, a dropped call, an operator,
    /// [`Permit::failure`](crate::Permit::failure) or
    /// [`record_failure`](crate::CircuitBreaker::record_failure). Where `failure_if` decides, the
    /// hint is that of an error that is `Retryable`; the items of a stream have none then.
    respect_retry_after(max: Duration) = with_respect_retry_after, panics "Outside 1 ms to 365 days";

    /// Sets how many probes have to succeed to close it. Default: 2.
    success_threshold(successes: u32) = with_success_threshold, panics "Outside 1 to 65,535";

    /// Sets how many probes may be under way at once while half-open. Default: as many as
    /// `success_threshold`, at most 16.
    ///
    /// If this is below `success_threshold`, closing takes more than one round of probes.
    half_open_max_calls(calls: u32) = with_half_open_max_calls, panics "Outside 1 to 16";

    /// Sets how long a probe keeps its slot without an outcome. Default: the larger of
    /// `recovery_timeout` and 60 s.
    ///
    /// After that time another call may take the slot. An outcome that comes later still counts if
    /// the breaker is half-open without interruption. This bounds how long a forgotten permit, or a
    /// `should_allow_request` without `record_…`, keeps a half-open breaker waiting. Set it above
    /// the time that a call may take: then no more than `half_open_max_calls` calls are under way.
    probe_timeout(timeout: Duration) = with_probe_timeout, panics "Outside 1 ms to 365 days";

    /// Sets which kinds of failure count. Default: [`FailureKinds::TRANSIENT`] and
    /// [`MidStream`](crate::FailureKind::MidStream).
    trip_on(kinds: FailureKinds) = with_trip_on;

    /// Counts a call that is dropped without an answer as a failure if it ran for at least `limit`.
    /// Default: never.
    ///
    /// A caller with a timeout of its own drops a call that hangs. A dropped call does not count,
    /// so without this setting such a dependency never opens the breaker. Set it a little below the
    /// caller's timeout; zero counts every call that is dropped. The `attempt_timeout` of
    /// `#[async_retry]` does not need it. Each call reads the clock.
    abandoned_after(limit: Duration) = with_abandoned_after;

    /// Sets whether it rejects calls, only reports what it would reject, or is switched off.
    /// Default: [`Mode::Enforce`].
    mode(mode: Mode) = with_mode;
}}
