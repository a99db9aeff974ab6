//! What retries and breakers did: events, and who hears them.
//!
//! Each event goes to `tracing` (feature `tracing`, on by default, target `retry_utils`), to the exporter of the crate
//! `metrics` (feature `metrics`, whose module lists the names), to the observer of [`set_observer`], and to the recorders
//! of the feature `testing` and the page of the feature `axum`, where there are any. No event is built when nobody listens;
//! whether an exporter does is not to be had, so with the feature `metrics` somebody always does.
//!
//! # Log lines
//!
//! The names below are a stable contract.
//!
//! | event | level | message | fields |
//! |---|---|---|---|
//! | [`Event::RetryScheduled`] | WARN | `retry scheduled` | `operation`, `attempt`, `max_attempts`, `kind`, `delay`, `error` |
//! | [`Event::GaveUp`] | WARN; DEBUG where nothing was to be retried | `gave up` | `operation`, `attempt`, `max_attempts`, `reason`, `kind`, `error` |
//! | [`Event::WouldRetry`] | INFO | `would retry` | `operation`, `attempt`, `max_attempts`, `kind`, `delay`, `error` |
//! | [`Event::Transition`] | WARN to `OPEN`, else INFO | `circuit breaker changed state` | `breaker`, `from`, `to` |
//! | [`Event::Rejected`] | DEBUG | `call rejected` | `breaker`, `retry_in` |
//! | [`Event::WouldReject`] | INFO | `would reject` | `breaker`, `retry_in` |
//! | [`Event::NotListed`] | WARN | `circuit breaker not listed` | `breaker`, `reason` |
//! | [`Event::KeysExhausted`] | WARN | `keyed circuit breakers exhausted` | `breakers`, `max_keys` |
//!
//! `attempt` counts calls from 1; `delay` and `retry_in` are printed with their unit; `error` is cut at
//! 100 characters; a field that does not apply is absent.
//!
//! # Spans
//!
//! Under the key `span` of `#[async_retry]` each attempt runs in a span of its own: name `attempt`, target `retry_utils`,
//! level INFO. The names with a dot are those of OpenTelemetry's semantic conventions, which `tracing-opentelemetry`
//! hands on as they are.
//!
//! | field | value | present |
//! |---|---|---|
//! | `operation` | the name of the annotated function | always |
//! | `attempt` | the number of the attempt, from 1 | always |
//! | `http.request.resend_count` | how many attempts came before; the conventions have no other name for it, so it is there for calls that are not HTTP too | from the second attempt on |
//! | `error.type` | the kind of failure, such as `unavailable`; `_OTHER` where `retry_if` or `retry_if_ok` decided | if the attempt failed |
//! | `otel.status_code` | `ERROR` | if the attempt failed |
//! | `otel.status_description` | the error, cut at 100 characters | if it failed with an error |
//!
//! A dropped call ends the span without any of the last three.

mod event;
#[cfg(feature = "tracing")]
mod log;
#[cfg(feature = "metrics")]
pub mod metrics;
#[cfg(feature = "tracing")]
pub(crate) mod span;

use std::error::Error;
use std::fmt;
use std::sync::OnceLock;

#[cfg(feature = "axum")]
use crate::registry::page;
#[cfg(all(feature = "testing", any(feature = "tokio", feature = "smol")))]
use crate::testing;
pub use event::{Event, Excerpt, NotListed, Reason};

type Observer = Box<dyn Fn(&Event<'_>) + Send + Sync>;

static OBSERVER: OnceLock<Observer> = OnceLock::new();

/// Hands every event of this process to `observer`, from now on.
///
/// It is called where the event happens, on the caller's task, and before the wait that it announces:
/// keep it short, and let it not block or panic. There is one observer per process, as there is one
/// logger; setting it once is what lets events find it without a lock.
///
/// # Errors
///
/// [`ObserverAlreadySet`] where the process has one already; the first one stays.
///
/// ```
/// use retry_runtime::observe::{self, Event};
///
/// observe::set_observer(|event| {
///     if let Event::RetryScheduled { operation, attempt, delay, .. } = event {
///         println!("{operation}: attempt {attempt} failed, next in {delay:?}");
///     }
/// })?;
/// # Ok::<(), observe::ObserverAlreadySet>(())
/// ```
pub fn set_observer(
    observer: impl Fn(&Event<'_>) + Send + Sync + 'static,
) -> Result<(), ObserverAlreadySet> {
    OBSERVER.set(Box::new(observer)).map_err(|_| ObserverAlreadySet)
}

/// The process has an observer already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObserverAlreadySet;

impl fmt::Display for ObserverAlreadySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this process has an observer already: combine the two in one closure")
    }
}

impl Error for ObserverAlreadySet {}

/// Whether anybody would hear an event.
#[inline]
pub(crate) fn listening() -> bool {
    if cfg!(feature = "metrics") {
        return true;
    }
    #[cfg(all(feature = "testing", any(feature = "tokio", feature = "smol")))]
    if testing::anybody_records() {
        return true;
    }
    #[cfg(feature = "axum")]
    if page::is_kept() {
        return true;
    }
    #[cfg(feature = "tracing")]
    if log::enabled() {
        return true;
    }
    OBSERVER.get().is_some()
}

/// Whether it is plain, without asking a subscriber, that nobody would hear an event.
#[inline]
pub(crate) fn nobody_can_listen() -> bool {
    if cfg!(feature = "metrics") {
        return false;
    }
    #[cfg(all(feature = "testing", any(feature = "tokio", feature = "smol")))]
    if testing::anybody_records() {
        return false;
    }
    #[cfg(feature = "axum")]
    if page::is_kept() {
        return false;
    }
    #[cfg(feature = "tracing")]
    if log::may_be_enabled() {
        return false;
    }
    OBSERVER.get().is_none()
}

/// Builds an event and hands it out, if anybody listens.
#[inline]
pub(crate) fn emit<'e>(event: impl FnOnce() -> Event<'e>) {
    if listening() {
        publish(&event());
    }
}

/// Hands out an event that has been built.
#[cold]
pub(crate) fn publish(event: &Event<'_>) {
    #[cfg(feature = "tracing")]
    log::write(event);
    #[cfg(feature = "metrics")]
    metrics::record(event);
    #[cfg(all(feature = "testing", any(feature = "tokio", feature = "smol")))]
    testing::record(event);
    #[cfg(feature = "axum")]
    page::record(event);
    if let Some(observer) = OBSERVER.get() {
        observer(event);
    }
}
