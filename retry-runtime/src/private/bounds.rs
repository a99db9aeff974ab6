//! What generated code asks of the user's types, with messages that say what to write.

use std::fmt::Display;
use std::future::{Future, Ready, ready};
use std::time::Duration;

use crate::breaker::CircuitBreakers;
use crate::failure::{CircuitOpen, FailureKind, Retryable, TimedOut};
use crate::registry::Handle;

/// An error that can be shown in an event.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be shown in log lines and events",
    label = "this error type does not implement `Display`",
    note = "`#[async_retry]` reports each failure: implement `Display` for the error, for example with `#[derive(thiserror::Error)]`"
)]
pub trait Shown {
    /// The error as events show it.
    fn shown(&self) -> &dyn Display;
}

#[diagnostic::do_not_recommend]
impl<E: Display> Shown for E {
    #[cold]
    fn shown(&self) -> &dyn Display {
        self
    }
}

/// A field that `#[retry(transparent)]` forwards to.
///
/// Its notes differ from those of [`Retryable`], because the type of a field often belongs to another crate.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not `Retryable`, so `#[retry(transparent)]` has no kind to forward",
    label = "this error type is not `Retryable`",
    note = "to classify it here, write `#[retry(with = path)]` with the path of a `fn(&{Self}) -> FailureKind`",
    note = "if the kind is always the same, write it instead of `transparent`, for example `#[retry(permanent)]`",
    note = "if the type is your own, derive `Retryable` for it; if a feature of `retry-utils` covers its crate, enable that feature"
)]
pub trait Classified {
    /// As [`Retryable::failure_kind`].
    fn failure_kind(&self) -> FailureKind;

    /// As [`Retryable::retry_after`].
    fn retry_after(&self) -> Option<Duration>;
}

#[diagnostic::do_not_recommend]
impl<E: Retryable + ?Sized> Classified for E {
    #[inline]
    fn failure_kind(&self) -> FailureKind {
        Retryable::failure_kind(self)
    }

    #[inline]
    fn retry_after(&self) -> Option<Duration> {
        Retryable::retry_after(self)
    }
}

/// An error that a rejection by a breaker can become.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no place for a rejection by the circuit breaker",
    label = "this error type is not `From<CircuitOpen>`",
    note = "add a variant: `#[error(transparent)] #[retry(transparent)] Open(#[from] CircuitOpen)`",
    note = "or answer in its place: `#[circuit_breaker(…, fallback = |open| …)]`"
)]
pub trait FromCircuitOpen {
    /// The conversion.
    fn from_circuit_open(open: impl Into<CircuitOpen>) -> Self;
}

#[diagnostic::do_not_recommend]
impl<E: From<CircuitOpen>> FromCircuitOpen for E {
    #[cold]
    fn from_circuit_open(open: impl Into<CircuitOpen>) -> Self {
        open.into().into()
    }
}

/// An error that a timeout can become.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no place for an attempt that timed out",
    label = "this error type is not `From<TimedOut>`",
    note = "`attempt_timeout` and `total_timeout` need it; add a variant: `#[error(transparent)] #[retry(transparent)] TimedOut(#[from] TimedOut)`"
)]
pub trait FromTimedOut {
    /// The conversion; which timeout it was goes to `cut`.
    fn cut_short(timed_out: TimedOut, cut: &mut Option<Cut>) -> Self;
}

#[diagnostic::do_not_recommend]
impl<E: From<TimedOut>> FromTimedOut for E {
    #[cold]
    fn cut_short(timed_out: TimedOut, cut: &mut Option<Cut>) -> Self {
        *cut = Some(if timed_out.is_total() { Cut::Total } else { Cut::Attempt });
        timed_out.into()
    }
}

/// Which timeout ended an attempt.
#[derive(Clone, Copy)]
pub enum Cut {
    /// Its own.
    Attempt,
    /// That of the whole series.
    Total,
}

/// An argument in `clone(…)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be cloned for each attempt",
    label = "the type of this argument is not `Clone`",
    note = "derive `Clone` for it, let the body borrow the argument and remove it from `clone(…)`, or say `shared(…)` if attempts may go on with the same value"
)]
pub trait Cloned {
    /// The clone.
    #[must_use]
    fn cloned(&self) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Clone> Cloned for T {
    fn cloned(&self) -> Self {
        self.clone()
    }
}

/// The key of one breaker of many.
#[diagnostic::on_unimplemented(
    message = "a key is a string, and this is `{Self}`",
    label = "not `AsRef<str>`",
    note = "write `key = id.to_string()`, or give the key's own name: `key = tenant.name()`"
)]
pub trait Key {
    /// The key's breaker.
    fn breaker_of(&self, breakers: &CircuitBreakers) -> Handle;

    /// The key's breaker in a set that lives forever, which is listed in the registry from its first use on.
    fn breaker_of_static(&self, breakers: &'static CircuitBreakers) -> Handle;
}

#[diagnostic::do_not_recommend]
impl<K: AsRef<str> + ?Sized> Key for K {
    #[inline]
    fn breaker_of(&self, breakers: &CircuitBreakers) -> Handle {
        breakers.for_key(self)
    }

    #[inline]
    fn breaker_of_static(&self, breakers: &'static CircuitBreakers) -> Handle {
        breakers.for_key_listed(self.as_ref())
    }
}

/// What a fallback gives: the outcome, or a future of it.
#[diagnostic::on_unimplemented(
    message = "the fallback gives `{Self}`, and the function returns `{R}`",
    label = "neither that nor a future of it",
    note = "a fallback takes the `CircuitOpen` and gives what the function returns, or a future of that"
)]
pub trait FallBack<R, M> {
    /// A future of the outcome.
    type Outcome: Future<Output = R>;

    /// The outcome, now or later.
    fn outcome(self) -> Self::Outcome;
}

/// Marks a fallback that gives the outcome itself.
pub struct Now;

/// Marks a fallback that gives a future.
pub struct Later;

impl<R> FallBack<R, Now> for R {
    type Outcome = Ready<R>;

    fn outcome(self) -> Ready<R> {
        ready(self)
    }
}

impl<R, F: Future<Output = R>> FallBack<R, Later> for F {
    type Outcome = F;

    fn outcome(self) -> F {
        self
    }
}
