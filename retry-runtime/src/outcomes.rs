//! The functions and timeouts from the setters of layers and middleware, and the outcomes that they
//! classify.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use crate::breaker::Permit;
use crate::failure::{RetryHint, Retryable, TimedOut, wait_of};
use crate::session::Failure;

/// An optional function. The clones of a layer share it.
type Ask<V, R> = Option<Arc<dyn Fn(&V) -> R + Send + Sync>>;

/// Returns the failure of a response, if there is one.
type Classify<T> = Arc<dyn Fn(&T) -> Option<Found> + Send + Sync>;

/// The failure of a response.
pub(crate) trait Described: Retryable + Display {}

impl<F: Retryable + Display> Described for F {}

type Found = Box<dyn Described + Send>;

/// Boxes the failure that a function returns for a response.
pub(crate) fn classifying<T, F: Retryable + Display + Send + 'static>(
    classify: impl Fn(&T) -> Option<F> + Send + Sync + 'static,
) -> Classify<T> {
    Arc::new(move |response| classify(response).map(|found| Box::new(found) as Found))
}

/// The functions and timeouts from the setters of a retry layer.
#[allow(unreachable_pub)] // Only the feature `tower` exports it.
pub struct RetryHooks<T, E> {
    pub(crate) classify_ok: Option<Classify<T>>,
    pub(crate) retry_if: Ask<E, bool>,
    pub(crate) retry_if_ok: Ask<T, bool>,
    pub(crate) retry_after: Ask<E, Option<Duration>>,
    pub(crate) retry_after_ok: Ask<T, Option<Duration>>,
    pub(crate) attempt_timeout: Option<Duration>,
    pub(crate) total_timeout: Option<Duration>,
    /// Converts a timeout into the caller's error. Set together with the first timeout.
    pub(crate) timed_out: Option<fn(TimedOut) -> Failed<T, E>>,
}

/// An outcome that is not accepted: an error, or a response that counts as a failure.
pub(crate) struct Failed<T, E> {
    outcome: Result<T, E>,
    /// The failure of a response.
    found: Option<Found>,
    /// The result of `retry_if`.
    retry: Option<bool>,
    /// The result of `retry_after` or `retry_after_ok`.
    hint: Option<RetryHint>,
}

impl<T, E> RetryHooks<T, E> {
    /// Returns the outcome as a [`Failed`], unless it is accepted.
    pub(crate) fn judge(&self, outcome: Result<T, E>) -> Result<T, Failed<T, E>> {
        match outcome {
            Ok(value) => {
                let found = self.classify_ok.as_ref().and_then(|classify| classify(&value));
                let is_wanted = found.is_none()
                    && !self.retry_if_ok.as_ref().is_some_and(|retry_if_ok| retry_if_ok(&value));
                if is_wanted {
                    return Ok(value);
                }
                let asked = self.retry_after_ok.as_ref().filter(|_| found.is_none());
                let hint = asked.map(|hint| hint(&value).into());
                Err(Failed { outcome: Ok(value), found, retry: None, hint })
            }
            Err(error) => {
                let retry = self.retry_if.as_ref().map(|retry_if| retry_if(&error));
                let hint = self.retry_after.as_ref().map(|hint| hint(&error).into());
                Err(Failed { retry, hint, ..Failed::error(error) })
            }
        }
    }

    /// Sets the conversion of timeouts.
    #[allow(dead_code, reason = "only layers need it, whose error type is generic")]
    pub(crate) fn convert_timeouts(&mut self)
    where
        E: From<TimedOut>,
    {
        self.timed_out = Some(|timed_out| Failed::error(timed_out.into()));
    }
}

impl<T, E> Failed<T, E> {
    /// Wraps an error without calling the functions.
    pub(crate) fn error(error: E) -> Self {
        Self { outcome: Err(error), found: None, retry: None, hint: None }
    }

    /// Returns the outcome for the caller.
    pub(crate) fn into_outcome(self) -> Result<T, E> {
        self.outcome
    }

    /// Returns the failure for the decision.
    pub(crate) fn failure(&self) -> Failure<'_>
    where
        E: Retryable + Display,
    {
        let failure = match (&self.outcome, &self.found) {
            (Err(error), _) => Failure::of(error),
            (Ok(_), Some(found)) => Failure::of(found),
            (Ok(_), None) => Failure::unsatisfied(),
        };
        let failure = self.retry.map_or(failure, |retry| failure.judged(retry));
        self.hint.map_or(failure, |hint| failure.with_hint(hint.duration()))
    }
}

/// The functions from the setters of a breaker's layer.
#[allow(unreachable_pub)] // Only the feature `tower` exports it.
pub struct BreakerHooks<T, E> {
    pub(crate) classify_ok: Option<Classify<T>>,
    pub(crate) failure_if: Ask<E, bool>,
    pub(crate) failure_if_ok: Ask<T, bool>,
}

impl<T, E: Retryable> BreakerHooks<T, E> {
    /// Records the outcome of a call.
    pub(crate) fn record(&self, permit: Permit<'static>, outcome: &Result<T, E>) {
        match outcome {
            Ok(value) => {
                if let Some(found) = self.classify_ok.as_ref().and_then(|classify| classify(value))
                {
                    permit.record_kind(found.failure_kind(), || wait_of(&*found));
                } else if self.failure_if_ok.as_ref().is_some_and(|is_failure| is_failure(value)) {
                    permit.failure();
                } else {
                    permit.success();
                }
            }
            Err(error) => match self.failure_if.as_ref().map(|is_failure| is_failure(error)) {
                None => permit.record_kind(error.failure_kind(), || wait_of(error)),
                Some(true) => permit.failure_with(|| wait_of(error)),
                Some(false) => permit.success(),
            },
        }
    }
}

/// Implements `Clone` and `Default` without bounds on the types of outcomes.
macro_rules! cloned {
    ($($Hooks:ident { $($field:ident),+ })+) => {$(
        impl<T, E> Clone for $Hooks<T, E> {
            fn clone(&self) -> Self {
                Self { $($field: self.$field.clone()),+ }
            }
        }

        impl<T, E> Default for $Hooks<T, E> {
            fn default() -> Self {
                Self { $($field: None),+ }
            }
        }
    )+};
}

cloned! {
    RetryHooks {
        classify_ok, retry_if, retry_if_ok, retry_after, retry_after_ok,
        attempt_timeout, total_timeout, timed_out
    }
    BreakerHooks { classify_ok, failure_if, failure_if_ok }
}
