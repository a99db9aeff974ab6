//! What generated code asks of the user's types, with messages that say what to write.

use std::fmt::Display;
use std::time::Duration;

use crate::breaker::{CircuitBreakers, Handle};
use crate::failure::{CircuitOpen, FailureKind, Retryable, TimedOut};
use crate::registry;

/// What a function returns under a name that may be an alias of `Result`.
#[diagnostic::on_unimplemented(
    message = "the function must return a `Result`, but it returns `{Self}`",
    label = "not a `Result`",
    note = "without an error there is nothing to retry or to count"
)]
pub trait Outcome {
    /// `T` of `Result<T, E>`.
    type Value;
    /// `E` of `Result<T, E>`.
    type Error;

    /// The same under its own name.
    ///
    /// # Errors
    ///
    /// The error, if it is one.
    fn into_result(self) -> Result<Self::Value, Self::Error>;

    /// The way back.
    fn from_result(result: Result<Self::Value, Self::Error>) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T, E> Outcome for Result<T, E> {
    type Value = T;
    type Error = E;

    #[inline]
    fn into_result(self) -> Self {
        self
    }

    #[inline]
    fn from_result(result: Self) -> Self {
        result
    }
}

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
    message = "cannot convert `{Self}` from `CircuitOpen`",
    label = "this error type is not `From<CircuitOpen>`",
    note = "add a variant: `#[error(transparent)] #[retry(transparent)] Open(#[from] CircuitOpen)`",
    note = "or set `fallback`, which answers rejected calls: `#[circuit_breaker(…, fallback = |open| …)]`"
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
    message = "cannot convert `{Self}` from `TimedOut`",
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
    note = "a call that consumes the argument cannot be made twice: derive `Clone` for its type, add `+ Clone` to a generic one, or let the body borrow it and remove it from `clone(…)`",
    note = "to convert it before the first attempt, write `once(argument: Type = argument.into())`; to let attempts share one value, `shared(…)`"
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

/// The value of `attempt_timeout` and `total_timeout`.
#[diagnostic::on_unimplemented(
    message = "a timeout is a `Duration` or an `Option<Duration>`, but this is `{Self}`",
    label = "neither a `Duration` nor an `Option<Duration>`",
    note = "write a literal such as `\"30s\"`, or an expression such as `Duration::from_secs(30)`"
)]
pub trait Limit {
    /// The timeout, if there is one.
    fn limit(self) -> Option<Duration>;
}

#[diagnostic::do_not_recommend]
impl Limit for Duration {
    #[inline]
    fn limit(self) -> Option<Duration> {
        Some(self)
    }
}

#[diagnostic::do_not_recommend]
impl Limit for Option<Duration> {
    #[inline]
    fn limit(self) -> Option<Duration> {
        self
    }
}

/// What a hook gives that is called and not awaited.
#[diagnostic::on_unimplemented(
    message = "`on_retry` is synchronous and gives nothing, but this hook gives `{Self}`",
    label = "does not end in `()`",
    note = "a future that it gives would never run: a hook that is awaited is `before_retry`",
    note = "to ignore a value, write `|event| _ = count(event)`"
)]
pub trait Synchronous {
    /// Nothing.
    fn end(self);
}

#[diagnostic::do_not_recommend]
impl Synchronous for () {
    #[inline]
    fn end(self) {}
}

/// The key of one breaker of many.
#[diagnostic::on_unimplemented(
    message = "a key is a string, but this is `{Self}`",
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
        breakers.for_key_listed(self.as_ref(), registry::list_keyed)
    }
}
