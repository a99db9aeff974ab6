//! Support for generated code. Not public API: it may change in any version.
//!
//! Nothing in the crate uses this module. It only collects the parts for the attributes.

mod awaiting;
mod bounds;
mod fallback;
#[cfg(feature = "stream")]
mod first_items;
mod known;
mod method;
mod owner;
mod policy;
#[cfg(feature = "stream")]
mod streams;

use std::error::Error;
use std::sync::OnceLock;
use std::time::Duration;

// Generated code imports this module once and finds all names here.
pub use core::result::Result::{Err, Ok};

pub use crate::breaker::{Admitted, CircuitBreaker, CircuitBreakers, Rejected};
pub use crate::budget::RetryBudget;
pub use crate::config::{RetryConfig, STANDARD};
pub use crate::failure::Retryable;
pub use crate::observe::Event;
#[cfg(feature = "tracing")]
pub use crate::observe::span::{attempt_span, in_span};
#[cfg(any(feature = "tokio", feature = "smol"))]
pub use crate::series::Sequence;
pub use crate::series::{Call, PolicyReports};
pub use crate::session::Failure;
#[cfg(feature = "stream")]
pub use crate::stream::ReadFirst;
pub use crate::timeout::Deadline;
pub use awaiting::{BeforeRetry, StopOn, async_hook, hook_of_future};
pub use bounds::{
    Classified, Cloned, FromCircuitOpen, FromTimedOut, Hint, Key, Limit, ResultAlias, Shown,
    Synchronous,
};
pub use fallback::{FallBack, Later, call_fallback};
#[cfg(feature = "stream")]
pub use first_items::{ItemError, Movable, Moves, Named};
pub use known::{Judged, Opaque};
pub use method::Method;
pub use owner::{Owner, Plain, owner};
pub use policy::{AnySource, KnownAtCompileTime, LazyPolicy, PolicySource, check, policy};
#[cfg(feature = "stream")]
pub use streams::{
    Connected, Layered, Opened, Outlives, connect_static, guarded_by, mapped, unguarded,
};

use crate::breaker::Handle;
#[cfg(feature = "tracing")]
use crate::observe;
use crate::registry;

/// Gives inference the type of a `return` that is never reached.
///
/// # Panics
///
/// Always.
#[must_use]
pub fn never<T>() -> T {
    unreachable!("the return in front of the body is never reached")
}

/// Shows the causes of a failed attempt's error, if the error is available as an [`Error`] in
/// either way.
#[must_use]
pub fn explained<'e>(
    failure: Failure<'e>,
    error: Option<&'e (dyn Error + 'e)>,
    as_error: Option<&'e (dyn Error + 'e)>,
) -> Failure<'e> {
    failure.with_causes(error.or(as_error))
}

/// Records the failure of an attempt in its span.
#[cfg(feature = "tracing")]
#[must_use]
pub fn traced<'e>(span: &tracing::Span, failure: Failure<'e>) -> Failure<'e> {
    observe::span::record(span, failure.kind, failure.error);
    failure
}

/// Calls a predicate. Its closure learns the type of its parameter from this signature.
#[inline]
pub fn ask<T, R>(value: &T, predicate: impl FnOnce(&T) -> R) -> R {
    predicate(value)
}

/// Returns a hook. Its closure learns the type of its parameter from this signature.
#[inline]
pub fn hook<F: FnMut(&Event<'_>) -> R, R>(hook: F) -> F {
    hook
}

/// Requests admission from a breaker.
///
/// # Errors
///
/// [`Rejected`] if the breaker rejects the call.
#[inline]
pub fn admit(breaker: &CircuitBreaker) -> Result<Admitted<'_>, Rejected<'_>> {
    breaker.admit()
}

/// Requests admission from a `'static` breaker. The registry lists the breaker from its first use.
///
/// # Errors
///
/// [`Rejected`] if the breaker rejects the call.
#[inline]
pub fn admit_static(
    breaker: &'static CircuitBreaker,
) -> Result<Admitted<'static>, Rejected<'static>> {
    breaker.admit_static(registry::add)
}

/// Records the result of the user's predicate for an error, which may have a hint.
#[cold]
pub fn judge(permit: Admitted<'_>, failed: bool, hint: impl FnOnce() -> Option<Duration>) {
    if failed {
        permit.failure_with(hint);
    } else {
        permit.success();
    }
}

/// Records a value that the user's predicate counts as a failure.
#[cold]
pub fn reject(permit: Admitted<'_>) {
    permit.failure();
}

/// A call site of `#[circuit_breaker("name")]`, which looks the breaker up once.
pub struct NamedSite {
    name: &'static str,
    found: OnceLock<Handle>,
}

impl NamedSite {
    /// Creates a site that has not looked up its breaker.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, found: OnceLock::new() }
    }

    /// Returns the breaker of that name. The site is a `static` and keeps it forever.
    #[inline]
    pub fn breaker(&'static self) -> &'static CircuitBreaker {
        self.found
            .get_or_init(|| registry::get_or_insert(self.name, || CircuitBreaker::new(self.name)))
    }
}
