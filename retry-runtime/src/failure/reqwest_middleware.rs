//! The error of the crate `reqwest-middleware`.

use std::error::Error;
use std::time::Duration;

use reqwest_middleware::Error as MiddlewareError;

use super::{CircuitOpen, FailureKind, RetryHint, Retryable, TimedOut};

/// The kind and the hint are those of the inner error, which comes from reqwest or from a
/// middleware that put it into an `anyhow::Error`.
impl Retryable for MiddlewareError {
    fn failure_kind(&self) -> FailureKind {
        inner(self).failure_kind()
    }

    fn retry_after(&self) -> Option<Duration> {
        inner(self).retry_after()
    }

    fn retry_hint(&self) -> RetryHint {
        inner(self).retry_hint()
    }

    fn __retry_utils_is_opaque(&self) -> bool {
        inner(self).__retry_utils_is_opaque()
    }

    fn as_error(&self) -> Option<&dyn Error> {
        Some(self)
    }
}

fn inner(error: &MiddlewareError) -> &dyn Retryable {
    match error {
        MiddlewareError::Middleware(error) => error,
        MiddlewareError::Reqwest(error) => error,
    }
}

/// Becomes an `Error::Middleware`. `downcast_ref` on the inner error finds the rejection.
impl From<CircuitOpen> for MiddlewareError {
    fn from(open: CircuitOpen) -> Self {
        Self::middleware(open)
    }
}

/// Becomes an `Error::Middleware`. `downcast_ref` on the inner error finds the timeout.
impl From<TimedOut> for MiddlewareError {
    fn from(timed_out: TimedOut) -> Self {
        Self::middleware(timed_out)
    }
}
