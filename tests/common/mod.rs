//! Shared items: an error type for every kind of failure, and a counter of calls.
#![allow(dead_code, unreachable_pub)] // Each test file includes this module and uses its own part.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use retry_utils::{CircuitOpen, FailureKind, RetryHint, Retryable, TimedOut};

/// An error of a given kind.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    #[error("{0}")]
    Kind(FailureKind),
    #[error("slow down for {0:?}")]
    SlowDown(Duration),
    #[error("{0} with the hint {1:?}")]
    Hinted(FailureKind, RetryHint),
    #[error(transparent)]
    TimedOut(#[from] TimedOut),
    #[error(transparent)]
    Open(#[from] CircuitOpen),
}

/// A failure that is worth a retry.
pub const TRANSIENT: Failed = Failed::Kind(FailureKind::Unavailable);

/// A failure that is not worth a retry.
pub const PERMANENT: Failed = Failed::Kind(FailureKind::InvalidRequest);

impl Retryable for Failed {
    fn failure_kind(&self) -> FailureKind {
        match self {
            Self::Kind(kind) | Self::Hinted(kind, _) => *kind,
            Self::SlowDown(_) => FailureKind::RateLimited,
            Self::TimedOut(inner) => inner.failure_kind(),
            Self::Open(inner) => inner.failure_kind(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::SlowDown(wait) => Some(*wait),
            _ => None,
        }
    }

    fn retry_hint(&self) -> RetryHint {
        match self {
            Self::Hinted(_, hint) => *hint,
            _ => self.retry_after().into(),
        }
    }
}

/// Counts calls, and fails the first of them.
#[derive(Debug, Default)]
pub struct Calls(AtomicU32);

impl Calls {
    pub const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// Returns the number of calls.
    pub fn count(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }

    /// Counts a call. Returns its number, from 1.
    pub fn next(&self) -> u32 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Counts a call, which fails if it is one of the first `failures`.
    pub fn fail_first(&self, failures: u32) -> Result<u32, Failed> {
        let call = self.next();
        if call <= failures { Err(TRANSIENT) } else { Ok(call) }
    }
}
