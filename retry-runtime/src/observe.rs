//! Events of retries, breakers, budgets and fleets, and their listeners.
//!
//! Each event goes to three places:
//!
//! - to `tracing`, with the target `retry_utils` (feature `tracing`, on by default);
//! - to the exporter of the crate `metrics` (feature `metrics`; the module `metrics` lists the
//!   names);
//! - to the listeners that [`add_listener`] has added. The page of the crate `retry-page` and the
//!   recorders of the feature `testing` are listeners.
//!
//! The fields of an event are formatted only if its log level is enabled or a listener is enabled.
//!
//! # Log lines
//!
//! Messages and field names are a stable contract.
//!
//! | event | level | message | fields |
//! |---|---|---|---|
//! | [`Event::RetryScheduled`] | WARN | `retry scheduled` | `operation`, `attempt`, `max_attempts`, `kind`, `delay`, `error` |
//! | [`Event::GaveUp`] | WARN; DEBUG if the failure is not retryable | `gave up` | `operation`, `attempt`, `max_attempts`, `reason`, `kind`, `error` |
//! | [`Event::WouldRetry`] | INFO | `would retry` | `operation`, `attempt`, `max_attempts`, `kind`, `delay`, `error` |
//! | [`Event::InvalidPolicy`] | WARN | `invalid policy` | `operation`, `rule` |
//! | [`Event::Opaque`] | WARN | ``opaque error, not retried: return a type that is `Retryable`, or set `retry_if` `` | `operation`, `error` |
//! | [`Event::Transition`] | WARN to `OPEN`, else INFO | `circuit breaker changed state` | `breaker`, `from`, `to` |
//! | [`Event::Rejected`] | DEBUG | `call rejected` | `breaker`, `retry_in` |
//! | [`Event::WouldReject`] | INFO | `would reject` | `breaker`, `retry_in` |
//! | [`Event::NotListed`] | WARN | `circuit breaker not listed` | `breaker`, `reason` |
//! | [`Event::BudgetNotListed`] | WARN | `retry budget not listed` | `budget`, `reason` |
//! | [`Event::Control`] | INFO | `operator action` | `breaker`, `action`, `by`, `detail`, `left_out` |
//! | [`Event::KeyEvicted`] | WARN | `keyed circuit breaker evicted` | `breakers`, `key`, `failures`, `left_out` |
//! | [`Event::FleetLost`] | WARN | `fleet lost` | `group`, `reason`, `detail` |
//! | [`Event::FleetFound`] | INFO | `fleet found` | `group`, `lost_for`, `instances` |
//! | [`Event::FleetOpened`] | WARN | `fleet opened circuit breaker` | `breaker`, `votes`, `instances`, `retry_in` |
//! | [`Event::FleetWouldOpen`] | INFO | `fleet would open circuit breaker` | `breaker`, `votes`, `instances`, `retry_in` |
//! | [`Event::FleetClosed`] | INFO | `fleet closed circuit breaker` | `breaker`, `open_for` |
//! | [`Event::FleetCommand`] | INFO | `fleet command` | `breaker`, `what`, `by`, `detail`, `lasting` |
//! | [`Event::FleetNotShared`] | WARN | `circuit breaker not shared` | `breaker`, `reason` |
//! | [`Event::FleetClockJumped`] | WARN | `fleet clock jumped` | `group`, `direction`, `jump` |
//!
//! Two log lines at DEBUG are not events:
//!
//! - `unknown environment variable`, with the field `variable`: the name starts like one of the
//!   [known variables](crate::RetryConfig::from_env) but is none of them. Each name is logged once
//!   per process, for at most 1,024 names. The value is never logged.
//! - `header value not understood`, with the fields `header` and `value`: a server sent a header
//!   such as `Retry-After` whose value cannot be parsed. The value is cut at 100 characters.
//!
//! `attempt` counts from 1. Durations are printed with their unit. `key` is cut at 100 characters.
//! A field that does not apply is absent. In names and keys, control characters, line separators
//! and text direction marks are escaped. In the fields of an [`Event`] they are not escaped.
//!
//! # Errors
//!
//! An error is always shown as one line of at most 100 characters: the error and its causes,
//! without secrets in URLs. [`Excerpt`] describes the details.
//!
//! ```text
//! error sending request for url (http://…@api.example/v1?…): connection refused
//! ```
//!
//! Annotated functions find the causes of every error type that implements
//! [`Error`](std::error::Error). [`RetryConfig::run`](crate::RetryConfig::run) and
//! [`Retries`](crate::Retries) find them through
//! [`Retryable::as_error`](crate::Retryable::as_error).
//!
//! # Operators
//!
//! Every operator action on a breaker emits an [`Event::Control`], even if the state does not
//! change. [`acting_as`] sets the name of the operator, which is the field `by`. The names of the
//! actions are a stable contract:
//!
//! | `action` | caused by | `detail` |
//! |---|---|---|
//! | `trip`, `half_open`, `force_open`, `force_closed`, `reset` | the methods of these names | |
//! | `set_mode` | [`set_mode`](crate::CircuitBreaker::set_mode) | the mode |
//! | `reconfigure` | `reconfigure` of a breaker or a set; `breaker` is its name | the settings |
//! | `configure` | [`registry::configure`](crate::registry::configure), once per call; `breaker` is `(registry)` | the number of names of each kind that have settings |
//! | `refused` | [`report_refusal`], which the page calls for a wrong token; `breaker` is `(unknown)` | |
//!
//! # Fleets
//!
//! The events `Fleet…` occur only in processes that share breakers through the crate `retry-fleet`.
//! The reasons of [`Event::FleetLost`] are a stable contract:
//!
//! | `reason` | what to do |
//! |---|---|
//! | `refused`, `unreachable`, `timed_out`, `closed`, `moved`, `unavailable` | nothing, unless it persists: the process reconnects automatically |
//! | `wrong_pass`, `denied`, `wrong_type`, `cross_slot`, `out_of_memory`, `read_only`, `too_old`, `tls` | fix the server or the settings: `detail` names the permission, the key or the certificate |
//! | `malformed`, `failed` | read `detail`: the server may not be Redis, or another program writes the keys of the group |
//! | `panicked` | report a bug; the background task restarts automatically |
//!
//! # Spans
//!
//! With the key `span` of `#[async_retry]`, each attempt runs in its own `tracing` span. Its name
//! is `attempt`, its target `retry_utils`, and its level INFO. Field names with a dot come from
//! OpenTelemetry's semantic conventions; `tracing-opentelemetry` passes them on unchanged.
//!
//! | field | value | present |
//! |---|---|---|
//! | `operation` | the name of the annotated function | always |
//! | `attempt` | the number of the attempt, from 1 | always |
//! | `http.request.resend_count` | the number of earlier attempts; also set for calls that are not HTTP, because the conventions have no other name for it | from the second attempt on |
//! | `error.type` | the kind of failure, such as `unavailable`; `_OTHER` if `retry_if` or `retry_if_ok` decided | if the attempt failed |
//! | `otel.status_code` | `ERROR` | if the attempt failed |
//! | `otel.status_description` | the error, as in log lines | if it failed with an error |
//!
//! If the call is dropped, the span ends without the last three fields.

mod control;
mod event;
mod excerpt;
#[cfg(feature = "fleet")]
#[doc(hidden)]
pub mod fleet;
mod level;
mod listener;
#[cfg(feature = "tracing")]
mod log;
#[cfg(feature = "metrics")]
pub mod metrics;
mod reason;
mod reports;
#[cfg(feature = "tracing")]
pub(crate) mod span;

pub(crate) use control::{Action, report_action};
pub use control::{acting_as, report_refusal};
pub use event::Event;
#[cfg(feature = "testing")]
pub(crate) use event::events;
pub use excerpt::Excerpt;
pub(crate) use level::LogLevel;
pub use listener::{Listener, TooManyListeners, add_listener};
pub use reason::{NotListed, NotShared, Reason};
pub(crate) use reports::{Refused, Reported, Reports};

/// The counter of a breaker's rejections. Empty without the feature `metrics`.
#[cfg(feature = "metrics")]
pub(crate) use metrics::RejectionCounter;

#[cfg(not(feature = "metrics"))]
pub(crate) struct RejectionCounter;

#[cfg(not(feature = "metrics"))]
impl RejectionCounter {
    pub(crate) const fn new() -> Self {
        Self
    }

    #[allow(clippy::unused_self, reason = "as with the feature")]
    pub(crate) fn count<'n>(&self, _breaker: impl FnOnce() -> &'n str, _now: u64) {}
}

/// Returns whether a subscriber has this level enabled, or any listener is enabled.
#[inline]
pub(crate) fn heard(level: LogLevel) -> bool {
    #[cfg(feature = "tracing")]
    if log::may_be_enabled(level) && log::enabled(level) {
        return true;
    }
    let _ = level;
    listener::any() && listener::enabled().next().is_some()
}

/// Tells whether events are counted. With the feature `metrics` they always are, because the facade
/// cannot tell whether an exporter is installed.
pub(crate) const COUNTED: bool = cfg!(feature = "metrics");

/// Emits an event.
pub(crate) fn emit(level: LogLevel, event: &Event<'_>) {
    emit_heard(heard(level), level, event);
}

/// Emits an event like [`emit`], for callers that have already called [`heard`].
pub(crate) fn emit_heard(heard: bool, level: LogLevel, event: &Event<'_>) {
    #[cfg(feature = "metrics")]
    metrics::record(event);
    if heard {
        publish(level, event);
    }
}

/// Emits an event like [`emit`], but without metrics: the event is counted elsewhere.
#[inline]
pub(crate) fn emit_uncounted<'e>(level: LogLevel, event: impl FnOnce() -> Event<'e>) {
    if heard(level) {
        publish(level, &event());
    }
}

/// Logs the name of an unknown environment variable, once per process.
pub(crate) fn unknown_variable(name: &str) {
    #[cfg(feature = "tracing")]
    log::unknown_variable(name);
    let _ = name;
}

#[cold]
#[inline(never)]
fn publish(level: LogLevel, event: &Event<'_>) {
    #[cfg(feature = "tracing")]
    log::write(level, event);
    let _ = level;
    listener::enabled().for_each(|listener| listener.on_event(event));
}
