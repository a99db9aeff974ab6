//! What generated code calls. Not public API: it changes without notice, whatever the version says.
//!
//! Nothing in the crate uses this module; it only joins the parts for the attributes.

mod bounds;
mod fallback;
mod known;
mod method;
mod policy;
#[cfg(feature = "stream")]
mod streams;

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

pub use crate::series::{Call, Deadline, Reported};
#[cfg(any(feature = "tokio", feature = "smol"))]
pub use crate::series::{Limits, Series, Wait};
pub use bounds::{
    Classified, Cloned, Cut, FromCircuitOpen, FromTimedOut, Key, Limit, Outcome, Shown, Synchronous,
};
pub use fallback::{Awaiting, FallBack, Later, Now, call_fallback};
pub use known::{Judged, Opaque};
pub use method::Method;
pub use policy::{AnySource, KnownAtCompileTime, LazyPolicy, Source, check, policy};

#[cfg(feature = "stream")]
pub use streams::{Connected, Judgeable, Outlives, connect_static};

// Generated code imports this module once, and finds what else it names here.
pub use core::result::Result::{Err, Ok};

pub use crate::breaker::{Admitted, CircuitBreaker, CircuitBreakers, Rejected};
pub use crate::budget::RetryBudget;
pub use crate::config::{RetryConfig, STANDARD};
pub use crate::failure::Retryable;
pub use crate::observe::Event;
#[cfg(feature = "tracing")]
pub use crate::observe::span::{attempt_span, in_span};
pub use crate::session::Failure;

use crate::breaker::Handle;
use crate::failure::FailureKind;
pub use crate::failure::Hint;
#[cfg(feature = "tracing")]
use crate::observe;
use crate::registry;

/// A failed attempt whose error is classified by its type.
#[inline]
#[must_use]
pub fn classified(
    kind: FailureKind,
    hint: Option<Duration>,
    error: &dyn fmt::Display,
) -> Failure<'_> {
    Failure::of_kind(kind, hint, Some(error))
}

/// A failed attempt that the user's predicate has judged, with what is known of its error.
#[inline]
#[must_use]
pub fn decided(
    retry: bool,
    known: Option<(FailureKind, Option<Duration>)>,
    error: Option<&dyn fmt::Display>,
) -> Failure<'_> {
    Failure::decided(retry, known, error)
}

/// What a `return` that is never reached gives, so that inference learns the type.
///
/// # Panics
///
/// When it is called.
#[must_use]
pub fn never<T>() -> T {
    unreachable!("the return in front of the body is never reached")
}

/// An attempt that gave a value which is not good enough.
#[inline]
#[must_use]
pub fn unsatisfied() -> Failure<'static> {
    Failure::decided(true, None, None)
}

/// An attempt that a timeout ended.
#[inline]
#[must_use]
pub fn timed_out<'e>(cut: Cut, error: impl Into<Option<&'e dyn fmt::Display>>) -> Failure<'e> {
    let error = error.into();
    match cut {
        Cut::Total => Failure::out_of_time(error),
        Cut::Attempt => Failure::of_kind(FailureKind::Timeout, None, error),
    }
}

/// Writes into the span of an attempt that it failed, and how.
#[cfg(feature = "tracing")]
#[inline]
#[must_use]
pub fn traced<'e>(span: &tracing::Span, failure: Failure<'e>) -> Failure<'e> {
    observe::span::record(span, failure.kind(), failure.error());
    failure
}

/// Calls a predicate; through this signature its closure learns the type of its parameter.
#[inline]
pub fn ask<T, R>(value: &T, predicate: impl FnOnce(&T) -> R) -> R {
    predicate(value)
}

/// Gives a hook the signature that its closure needs for inference.
#[inline]
pub fn hook<F: FnMut(&Event<'_>) -> R, R>(hook: F) -> F {
    hook
}

/// Asks a breaker.
///
/// # Errors
///
/// [`Rejected`] where the breaker rejects the call.
#[inline]
pub fn admit(breaker: &CircuitBreaker) -> Result<Admitted<'_>, Rejected<'_>> {
    breaker.admit()
}

/// Asks a breaker that lives forever, which is listed in the registry from its first use on.
///
/// # Errors
///
/// [`Rejected`] where the breaker rejects the call.
#[inline]
pub fn admit_static(
    breaker: &'static CircuitBreaker,
) -> Result<Admitted<'static>, Rejected<'static>> {
    breaker.admit_static(registry::list_static)
}

/// Tells the breaker what the user's predicate said.
#[cold]
pub fn judge(permit: Admitted<'_>, failed: bool) {
    if failed {
        permit.failure();
    } else {
        permit.success();
    }
}

/// A call site of `#[circuit_breaker("name")]`, which looks the breaker up once.
pub struct NamedSite {
    name: &'static str,
    found: OnceLock<Handle>,
}

impl NamedSite {
    /// A site that has not looked yet.
    #[must_use]
    #[inline]
    pub const fn new(name: &'static str) -> Self {
        Self { name, found: OnceLock::new() }
    }

    /// The breaker of that name.
    ///
    /// A site is a `static` and never forgets what it found.
    #[inline]
    pub fn breaker(&'static self) -> &'static CircuitBreaker {
        self.found.get_or_init(|| registry::for_site(self.name))
    }
}
