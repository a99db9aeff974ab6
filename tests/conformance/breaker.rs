//! Breakers: the map from the settings of other libraries to a `CircuitBreaker`.
//!
//! | theirs | ours |
//! |---|---|
//! | `trip: consecutive`, `failures: n` | `failure_threshold(n)` |
//! | `trip: count_of_last`, `failures: k`, `of: n` | `failure_rate(k / n, n, Window::calls(n))` |
//! | `trip: rate`, `threshold`, `min_calls` | `failure_rate(threshold, min_calls, window)` |
//! | `window: time`, `size_ms` | `Window::time`; its slices are tenths, regardless of `buckets` and `bucket_ms` |
//! | `window: tumbling`, `size_ms` | `Window::time`, which slides |
//! | `window: count`, `size` | `Window::calls` |
//! | `trip: count_in_time` | no setting: a number of failures, regardless of their share |
//! | `eval_on: failure` | the same |
//! | `eval_on: every_result` | no setting; our rate is evaluated only on a failure or slow call |
//! | `slow: longer_than_ms, rate` | `slow_call` |
//! | `open_wait: fixed` | `recovery_timeout`, which is at least 1 ms: 0 is refused |
//! | `open_wait: exponential` | `recovery_timeout(initial)`, `recovery_backoff(multiplier, max)` |
//! | `elapsed: inclusive` | the same |
//! | `elapsed: exclusive` | no setting; our open phase ends exactly at that time |
//! | `half_open.permits: n`, `serialised_by_lock`, `unlimited` | `half_open_max_calls` of n, 1, 16; absent: the number that `decide` below evaluates |
//! | `decide: first_result` | `success_threshold(1)` |
//! | `decide: n_consecutive_successes` | `success_threshold(successes)`, or of `permits` if `successes` is absent |
//! | `decide: rate_over_permits` | `success_threshold(permits)`; one failure reopens the breaker before there is a rate |
//! | `decide: success_ratio`, `successes: k`, `of: n` | `success_threshold(k)`; one failure reopens |
//! | `decide: failure_ratio_of_trip` (k of n) | `success_threshold(n − k + 1)`, after which k can no longer be reached; one failure reopens. For a rate over at least n calls, k is the smallest number that reaches it |
//! | `max_wait_ms`, `max_wait_to` | no setting; a probe that hangs loses its slot after `probe_timeout` |
//! | `renew_every_ms`, `renew_after_ms` | `probe_timeout` |
//! | `renew_elapsed: inclusive` | the same |
//! | `renew_elapsed: exclusive` | no setting; our slot ends exactly at that time |
//! | `late_results` | no setting; ours ignores the outcomes of calls that an older generation admitted |
//! | `dropped_is` absent, `rate_threshold(…)` | the same: neutral |
//! | `dropped_is: failure` | `abandoned_after(Duration::ZERO)` |
//! | `ignored_is` absent | a failure of kind `Bug`, which is neutral |
//! | `ignored_is: success` | a failure of kind `InvalidRequest`, which is a success |
//!
//! "No setting" runs with our behavior. If the difference matters, the comparison finds it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use retry_utils::{CircuitBreaker, FailureKind, Window};
use serde_json::Value;

use super::fields::{Failure, Fields};

/// A breaker with their settings, and the settings that the comparison needs.
pub(crate) struct Mapped {
    pub(crate) breaker: CircuitBreaker,
    /// The number of calls from which on there is a rate. `None`: there is no window.
    pub(crate) min_calls: Option<u32>,
    /// The kind of failure that they ignore.
    pub(crate) ignored: FailureKind,
    /// Whether dropping a permit is a failure.
    pub(crate) dropped_fails: bool,
}

/// The condition under which their breaker opens.
enum Trip {
    Consecutive(u32),
    Rate { threshold: f64, min_calls: u32, window: Window },
}

impl Trip {
    fn read(trip: &Fields<'_>) -> Result<Self, Failure> {
        let name: String = trip.need("type")?;
        match name.as_str() {
            "consecutive" => Ok(Self::Consecutive(trip.need("failures")?)),
            "count_of_last" => {
                let failures: u32 = trip.need("failures")?;
                let of = trip.need("of")?;
                Ok(Self::Rate {
                    threshold: f64::from(failures) / f64::from(of),
                    min_calls: of,
                    window: Window::calls(of),
                })
            }
            "rate" => {
                known(trip, "eval_on", &["failure", "every_result"])?;
                let window =
                    trip.nested("window", window)?.ok_or_else(|| trip.missing("window"))?;
                Ok(Self::Rate {
                    threshold: trip.need("threshold")?,
                    min_calls: trip.need("min_calls")?,
                    window,
                })
            }
            _ => trip.unknown("type", name),
        }
    }

    /// Returns the number of failures that opens the breaker, and the number of calls that it
    /// needs.
    fn ratio(&self) -> (u32, u32) {
        match *self {
            Self::Consecutive(failures) => (failures, failures),
            Self::Rate { threshold, min_calls, .. } => {
                let reaches =
                    |failures: &u32| f64::from(*failures) >= threshold * f64::from(min_calls);
                ((1..=min_calls).find(reaches).unwrap_or(min_calls), min_calls)
            }
        }
    }
}

fn window(window: &Fields<'_>) -> Result<Window, Failure> {
    let name: String = window.need("type")?;
    match name.as_str() {
        "time" | "tumbling" => {
            window.get::<u32>("buckets")?;
            window.get::<Duration>("bucket_ms")?;
            Ok(Window::time(window.need("size_ms")?))
        }
        "count" => Ok(Window::calls(window.need("size")?)),
        _ => window.unknown("type", name),
    }
}

/// Returns a breaker that opens as theirs does and has our defaults for all other settings.
pub(crate) fn tripping(trip: &Fields<'_>, name: &'static str) -> Result<CircuitBreaker, Failure> {
    let trip = Trip::read(trip)?;
    built(|| opening(CircuitBreaker::new(name), &trip))
}

/// Returns the breaker. A setting that our builder refuses is not expressible.
fn built(build: impl FnOnce() -> CircuitBreaker) -> Result<CircuitBreaker, Failure> {
    catch_unwind(AssertUnwindSafe(build)).or_else(|refusal| {
        Failure::inexpressible(format!("config: refused: {}", super::message(&*refusal)))
    })
}

fn opening(breaker: CircuitBreaker, trip: &Trip) -> CircuitBreaker {
    match *trip {
        Trip::Consecutive(failures) => breaker.failure_threshold(failures),
        Trip::Rate { threshold, min_calls, window } => {
            breaker.failure_rate(threshold, min_calls, window)
        }
    }
}

/// Returns the breaker for the `config` of a scenario.
pub(crate) fn map(config: &Value, name: &'static str) -> Result<Mapped, Failure> {
    Fields::read(config, "config", |config| {
        let trip = config.nested("trip", Trip::read)?.ok_or_else(|| config.missing("trip"))?;
        let slow = config.nested("slow", |slow| {
            Ok((slow.need::<Duration>("longer_than_ms")?, slow.need::<f64>("rate")?))
        })?;
        let Probes { permits, successes, timeout } = config
            .nested("half_open", |half_open| probes(half_open, &trip))?
            .ok_or_else(|| config.missing("half_open"))?;
        let wait =
            config.nested("open_wait", open_wait)?.ok_or_else(|| config.missing("open_wait"))?;
        let late = ["drop_by_generation", "ignored_while_open", "dropped_by_mode"];
        known(config, "late_results", &late)?;
        let dropped_fails = match config.get::<String>("dropped_is")?.as_deref() {
            Some("failure") => true,
            Some(other) if !other.starts_with("rate_threshold(") => {
                return config.unknown("dropped_is", other);
            }
            _ => false,
        };
        let ignored = match config.get::<String>("ignored_is")?.as_deref() {
            None => FailureKind::Bug,
            Some("success") => FailureKind::InvalidRequest,
            Some(other) => return config.unknown("ignored_is", other),
        };
        let breaker = built(|| {
            let mut breaker = opening(CircuitBreaker::new(name), &trip)
                .success_threshold(successes)
                .half_open_max_calls(permits)
                .recovery_timeout(wait.initial);
            if let Some((factor, max)) = wait.backoff {
                breaker = breaker.recovery_backoff(factor, max);
            }
            if let Some(timeout) = timeout {
                breaker = breaker.probe_timeout(timeout);
            }
            if let Some((longer_than, rate)) = slow {
                breaker = breaker.slow_call(longer_than, rate);
            }
            if dropped_fails { breaker.abandoned_after(Duration::ZERO) } else { breaker }
        })?;
        let min_calls = match trip {
            Trip::Consecutive(_) => None,
            Trip::Rate { min_calls, .. } => Some(min_calls),
        };
        Ok(Mapped { breaker, min_calls, ignored, dropped_fails })
    })
}

struct Probes {
    permits: u32,
    successes: u32,
    timeout: Option<Duration>,
}

fn probes(half_open: &Fields<'_>, trip: &Trip) -> Result<Probes, Failure> {
    const LIMIT: u32 = 16;
    half_open.get::<Duration>("max_wait_ms")?;
    known(half_open, "max_wait_to", &["open", "closed"])?;
    let every = half_open.get::<Duration>("renew_every_ms")?;
    let timeout = half_open.get::<Duration>("renew_after_ms")?.or(every);
    known(half_open, "renew_elapsed", &["inclusive", "exclusive"])?;
    let permits = match half_open.value("permits") {
        None => None,
        Some(Value::String(text)) => Some(match text.as_str() {
            "serialised_by_lock" => 1,
            "unlimited" => LIMIT,
            _ => return half_open.unknown("permits", text),
        }),
        Some(_) => Some(half_open.need("permits")?),
    };
    let decide: String = half_open.need("decide")?;
    let given = |permits: Option<u32>| permits.ok_or_else(|| half_open.missing("permits"));
    let (looks_at, successes) = match decide.as_str() {
        "first_result" => (given(permits)?, 1),
        "n_consecutive_successes" => match half_open.get("successes")? {
            Some(successes) => (given(permits)?, successes),
            None => (given(permits)?, given(permits)?),
        },
        "rate_over_permits" => (given(permits)?, given(permits)?),
        "success_ratio" => (half_open.need("of")?, half_open.need("successes")?),
        "failure_ratio_of_trip" => {
            let (failures, of) = trip.ratio();
            (of, (of + 1).saturating_sub(failures))
        }
        _ => return half_open.unknown("decide", decide),
    };
    Ok(Probes { permits: permits.unwrap_or(looks_at), successes, timeout })
}

struct OpenWait {
    initial: Duration,
    backoff: Option<(f64, Duration)>,
}

fn open_wait(wait: &Fields<'_>) -> Result<OpenWait, Failure> {
    known(wait, "elapsed", &["inclusive", "exclusive"])?;
    let name: String = wait.need("type")?;
    let (key, backoff) = match name.as_str() {
        "fixed" => ("ms", None),
        "exponential" => {
            ("initial_ms", Some((wait.need("multiplier")?, wait.need::<Duration>("max_ms")?)))
        }
        _ => return wait.unknown("type", name),
    };
    Ok(OpenWait { initial: wait.need(key)?, backoff })
}

/// Checks a field without a setting. It may have only values that the map knows.
fn known(fields: &Fields<'_>, key: &str, values: &[&str]) -> Result<(), Failure> {
    match fields.get::<String>(key)? {
        Some(value) if !values.contains(&value.as_str()) => fields.unknown(key, value),
        _ => Ok(()),
    }
}
