//! Shared code of the breaker's tests.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::time::Duration;

use retry_runtime::{CircuitBreaker, CircuitOpen, CircuitState, FailureKind, Permit, Retryable};
use tokio::time::advance;

/// The default `recovery_timeout`.
pub(crate) const RECOVERY: Duration = Duration::from_secs(60);

/// An error of a given kind.
#[derive(Debug, PartialEq)]
pub(crate) enum Error {
    Kind(FailureKind),
    /// With a hint.
    Hinted(FailureKind, Duration),
    Open(CircuitOpen),
}

impl From<CircuitOpen> for Error {
    fn from(open: CircuitOpen) -> Self {
        Self::Open(open)
    }
}

impl Retryable for Error {
    fn failure_kind(&self) -> FailureKind {
        match self {
            Self::Kind(kind) | Self::Hinted(kind, _) => *kind,
            Self::Open(open) => open.failure_kind(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        if let Self::Hinted(_, hint) = self { Some(*hint) } else { None }
    }
}

pub(crate) fn acquire(breaker: &CircuitBreaker) -> Permit<'_> {
    breaker.try_acquire().expect("admitted")
}

pub(crate) fn fail(breaker: &CircuitBreaker, times: u32) {
    for _ in 0..times {
        acquire(breaker).failure();
    }
}

/// Opens the breaker, whatever its threshold.
pub(crate) fn trip(breaker: &CircuitBreaker) {
    while breaker.state() == CircuitState::Closed {
        acquire(breaker).failure();
    }
    assert_eq!(breaker.state(), CircuitState::Open);
}

/// Opens the breaker and lets its open phase pass: the next admission makes it half-open.
pub(crate) async fn ripen(breaker: &CircuitBreaker) {
    trip(breaker);
    advance(RECOVERY).await;
}

pub(crate) fn rejected(breaker: &CircuitBreaker) -> CircuitOpen {
    breaker.try_acquire().expect_err("rejected")
}

/// Takes all permits that are available now.
pub(crate) fn all_permits(breaker: &CircuitBreaker) -> Vec<Permit<'_>> {
    std::iter::from_fn(|| breaker.try_acquire().ok()).take(70_000).collect()
}
