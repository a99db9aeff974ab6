//! Events as `tracing` events.

use tracing::level_filters::LevelFilter;
use tracing::{Level, debug, enabled, info, warn};

use super::{Event, Reason};
use crate::circuit_state::CircuitState;

pub(super) const TARGET: &str = "retry_utils";

/// Whether a subscriber takes any of our levels.
#[inline]
pub(super) fn enabled() -> bool {
    // Where nobody subscribes, three call sites need not be asked.
    may_be_enabled() && any_level()
}

/// Whether there is a subscriber that takes our least verbose level of anybody.
#[inline]
pub(super) fn may_be_enabled() -> bool {
    LevelFilter::current() >= LevelFilter::WARN
}

#[cold]
fn any_level() -> bool {
    enabled!(target: TARGET, Level::WARN)
        || enabled!(target: TARGET, Level::INFO)
        || enabled!(target: TARGET, Level::DEBUG)
}

pub(super) fn write(event: &Event<'_>) {
    match *event {
        Event::RetryScheduled { operation, attempt, max_attempts, kind, delay, error } => warn!(
            target: TARGET,
            operation,
            attempt,
            max_attempts,
            kind = kind.map(super::super::failure::FailureKind::as_str),
            delay = ?delay,
            error = error.as_ref().map(tracing::field::display),
            "retry scheduled"
        ),
        Event::WouldRetry { operation, attempt, max_attempts, kind, delay, error } => info!(
            target: TARGET,
            operation,
            attempt,
            max_attempts,
            kind = kind.map(super::super::failure::FailureKind::as_str),
            delay = ?delay,
            error = error.as_ref().map(tracing::field::display),
            "would retry"
        ),
        Event::GaveUp { operation, attempt, max_attempts, reason, kind, error } => {
            // The level of a tracing event is fixed per call site.
            macro_rules! gave_up {
                ($level:ident) => {
                    $level!(
                        target: TARGET,
                        operation,
                        attempt,
                        max_attempts,
                        reason = reason.as_str(),
                        kind = kind.map(|kind| kind.as_str()),
                        error = error.as_ref().map(tracing::field::display),
                        "gave up"
                    )
                };
            }
            if reason == Reason::NotRetryable { gave_up!(debug) } else { gave_up!(warn) }
        }
        Event::InvalidPolicy { operation, rule } => {
            warn!(target: TARGET, operation, rule, "invalid policy");
        }
        Event::Transition { breaker, from, to, .. } => {
            macro_rules! transition {
                ($level:ident) => {
                    $level!(
                        target: TARGET,
                        breaker,
                        from = from.as_str(),
                        to = to.as_str(),
                        "circuit breaker changed state"
                    )
                };
            }
            match to {
                CircuitState::Open => transition!(warn),
                CircuitState::Closed | CircuitState::HalfOpen => transition!(info),
            }
        }
        Event::Rejected { breaker, retry_in } => debug!(
            target: TARGET,
            breaker,
            retry_in = retry_in.map(tracing::field::debug),
            "call rejected"
        ),
        Event::WouldReject { breaker, retry_in } => info!(
            target: TARGET,
            breaker,
            retry_in = retry_in.map(tracing::field::debug),
            "would reject"
        ),
        Event::NotListed { breaker, reason } => warn!(
            target: TARGET,
            breaker,
            reason = reason.as_str(),
            "circuit breaker not listed"
        ),
        Event::KeysExhausted { breakers, max_keys } => {
            warn!(target: TARGET, breakers, max_keys, "keyed circuit breakers exhausted");
        }
    }
}
