//! The bounds of generated code on the user's types, with messages that name the fix.

use std::fmt::Display;
use std::time::Duration;

use crate::breaker::{CircuitBreakers, Handle};
use crate::failure::{CircuitOpen, FailureKind, RetryHint, Retryable, TimedOut};
use crate::observe::Excerpt;
use crate::registry;

/// A return type that is not written as `Result`, but may be an alias of it.
#[diagnostic::on_unimplemented(
    message = "the function must return a `Result`, but it returns `{Self}`",
    label = "not a `Result`",
    note = "without an error, there is nothing to retry or to count"
)]
pub trait ResultAlias {
    /// `T` of `Result<T, E>`.
    type Value;
    /// `E` of `Result<T, E>`.
    type Error;

    /// Converts to a `Result`.
    ///
    /// # Errors
    ///
    /// The error, if it is one.
    fn into_result(self) -> Result<Self::Value, Self::Error>;

    /// Converts it back.
    fn from_result(result: Result<Self::Value, Self::Error>) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T, E> ResultAlias for Result<T, E> {
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

/// Declares traits that all types with a bound implement.
///
/// Generated code calls the trait, so the compiler reports an unmet bound with the trait's message.
/// If the bound were a supertrait, the compiler would report that instead.
macro_rules! bounds {
    ($(
        $(#[$about:meta])*
        trait $name:ident for ($($bound:tt)+) {$(
            $(#[$hint:meta])*
            fn $method:ident($($argument:tt)*) -> $output:ty $body:block
        )+}
    )+) => {$(
        $(#[$about])*
        pub trait $name {
            $(#[must_use] fn $method($($argument)*) -> $output;)+
        }

        #[diagnostic::do_not_recommend]
        impl<T: $($bound)+> $name for T {
            $($(#[$hint])* fn $method($($argument)*) -> $output $body)+
        }
    )+};
}

bounds! {
    /// An error that events can show.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be shown in log lines and events",
        label = "this error type does not implement `Display`",
        note = "`#[async_retry]` reports each failure: implement `Display` for the error, for example with `#[derive(thiserror::Error)]`"
    )]
    trait Shown for (Display) {
        #[cold]
        fn shown(&self) -> Option<Excerpt<'_>> {
            Some(Excerpt::of_text(self))
        }
    }

    /// A field that `#[retry(transparent)]` forwards to.
    ///
    /// Its notes differ from those of [`Retryable`], because the type of a field often belongs to
    /// another crate.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` is not `Retryable`, so `#[retry(transparent)]` has no kind to forward",
        label = "this error type is not `Retryable`",
        note = "to classify it here, write `#[retry(with = path)]` with the path of a `fn(&{Self}) -> FailureKind`",
        note = "if the kind is always the same, write it instead of `transparent`, for example `#[retry(permanent)]`",
        note = "if the type is your own, derive `Retryable` for it; if a feature of `retry-utils` covers its crate, enable that feature"
    )]
    trait Classified for (Retryable + ?Sized) {
        fn failure_kind(&self) -> FailureKind {
            Retryable::failure_kind(self)
        }

        fn retry_after(&self) -> Option<Duration> {
            Retryable::retry_after(self)
        }

        fn is_opaque(&self) -> bool {
            Retryable::__retry_utils_is_opaque(self)
        }

        fn retry_hint(&self) -> RetryHint {
            Retryable::retry_hint(self)
        }
    }

    /// An error that a rejection by a breaker can become.
    #[diagnostic::on_unimplemented(
        message = "cannot convert `{Self}` from `CircuitOpen`",
        label = "this error type is not `From<CircuitOpen>`",
        note = "add a variant: `#[error(transparent)] Open(#[from] CircuitOpen)`, and `#[retry(transparent)]` on it if the type derives `Retryable`",
        note = "if the type belongs to another crate, return your own type that wraps it; for `reqwest::Error`, use `retry_utils::http::RequestError`",
        note = "or set `fallback`, which answers rejected calls: `#[circuit_breaker(…, fallback = |open| …)]`"
    )]
    trait FromCircuitOpen for (From<CircuitOpen>) {
        #[cold]
        fn from_circuit_open(open: impl Into<CircuitOpen>) -> Self {
            open.into().into()
        }
    }

    /// An error that a timeout can become. `cut` is set to whether the timeout was `total_timeout`.
    #[diagnostic::on_unimplemented(
        message = "cannot convert `{Self}` from `TimedOut`",
        label = "this error type is not `From<TimedOut>`",
        note = "`attempt_timeout` and `total_timeout` need this conversion; add a variant: `#[error(transparent)] TimedOut(#[from] TimedOut)`, and `#[retry(transparent)]` on it if the type derives `Retryable`",
        note = "if the type belongs to another crate, return your own type that wraps it; for `reqwest::Error`, use `retry_utils::http::RequestError`"
    )]
    trait FromTimedOut for (From<TimedOut>) {
        #[cold]
        fn cut_short(timed_out: TimedOut, cut: &mut Option<bool>) -> Self {
            *cut = Some(timed_out.is_total());
            timed_out.into()
        }
    }

    /// An argument in `clone(…)`.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be cloned for each attempt",
        label = "the type of this argument is not `Clone`",
        note = "derive `Clone` for its type, add `+ Clone` to the bounds of a generic one, or borrow it in the body and remove it from `clone(…)`",
        note = "to convert it before the first attempt, write `once(argument: Type = argument.into())`; to share one value among attempts, write `shared(…)`"
    )]
    trait Cloned for (Clone) {
        fn cloned(&self) -> Self {
            self.clone()
        }
    }

    /// The value of `attempt_timeout` and `total_timeout`.
    #[diagnostic::on_unimplemented(
        message = "a timeout must be a `Duration` or an `Option<Duration>`, not `{Self}`",
        label = "neither a `Duration` nor an `Option<Duration>`",
        note = "write a literal such as `\"30s\"`, or an expression such as `Duration::from_secs(30)`"
    )]
    trait Limit for (MaybeDuration) {
        fn limit(self) -> Option<Duration> {
            self.into()
        }
    }

    /// A field that `#[retry(…, after = field)]` names.
    #[diagnostic::on_unimplemented(
        message = "`after` cannot read a wait from `{Self}`",
        label = "expected `Duration` or `Option<Duration>`",
        note = "store a `Duration` in the error, or name a function that converts the field, with `after = path`"
    )]
    trait Hint for (MaybeDuration) {
        fn hint(&self) -> Option<Duration> {
            (*self).into()
        }
    }

    /// The key of one breaker in a set. The registry lists a `'static` set from its first use.
    #[diagnostic::on_unimplemented(
        message = "a key must be a string, not `{Self}`",
        label = "not `AsRef<str>`",
        note = "convert it, as in `key = id.to_string()`, or use a string that it contains, as in `key = tenant.name()`"
    )]
    trait Key for (AsRef<str> + ?Sized) {
        fn breaker_of(&self, breakers: &CircuitBreakers) -> Handle {
            breakers.for_key(self)
        }

        fn breaker_of_static(&self, breakers: &'static CircuitBreakers) -> Handle {
            breakers.for_key_listed(self.as_ref(), registry::add_keyed)
        }
    }
}

/// A `Duration` or an `Option<Duration>`.
pub trait MaybeDuration: Copy + Into<Option<Duration>> {}

impl MaybeDuration for Duration {}

impl MaybeDuration for Option<Duration> {}

/// The return value of a hook that is called but not awaited.
#[diagnostic::on_unimplemented(
    message = "`on_retry` is synchronous and must return `()`, but this hook returns `{Self}`",
    label = "does not return `()`",
    note = "a future returned here would never run: use `before_retry` for an async hook",
    note = "to ignore a value, write `|event| _ = count(event)`"
)]
pub trait Synchronous: Sized {
    /// Does nothing.
    fn end(self) {}
}

#[diagnostic::do_not_recommend]
impl Synchronous for () {}
