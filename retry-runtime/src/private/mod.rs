//! What generated code calls. Not public API: it changes without notice, whatever the version says.
//!
//! Nothing in the crate uses this module; it only joins the parts for the attributes.

mod bounds;
#[cfg(feature = "stream")]
mod streams;

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

#[cfg(any(feature = "tokio", feature = "smol"))]
pub use crate::series::{Call, Deadline, Limits, Series, Wait};
pub use bounds::{
    Classified, Cloned, Cut, FallBack, FromCircuitOpen, FromTimedOut, Key, Later, Now, Shown,
};

#[cfg(feature = "stream")]
pub use streams::{Connected, Connection, Outlives, connect_named, connect_static};

pub use crate::breaker::{Admitted, Rejected};
#[cfg(feature = "tracing")]
pub use crate::observe::span::{attempt_span, in_span, traced};
pub use crate::session::Failure;

use crate::breaker::CircuitBreaker;
use crate::budget::RetryBudget;
use crate::config::RetryConfig;
pub use crate::failure::Hint;
use crate::failure::{CircuitOpen, FailureKind};
use crate::observe::Event;
use crate::registry::{self, Handle};

/// A policy that overrides may be written into; `const`, unlike `clone`.
#[must_use]
#[inline]
pub const fn policy(policy: &RetryConfig) -> RetryConfig {
    policy.copied()
}

/// The policy's budget. Panics, at compile time and in the user's place, with the first rule that the policy breaks.
#[must_use]
#[track_caller]
#[inline]
pub const fn check(policy: &RetryConfig) -> Option<&'static RetryBudget> {
    if let Some(rule) = policy.violation() {
        panic!("{}", rule.text());
    }
    policy.budget
}

/// The budget of a policy that is known when the call is made.
#[must_use]
#[inline]
pub const fn budget_of(policy: &RetryConfig) -> Option<&'static RetryBudget> {
    policy.budget
}

/// A budget that an attribute names by a path.
#[must_use]
#[inline]
pub const fn shared_budget(budget: &'static RetryBudget) -> &'static RetryBudget {
    budget
}

/// A call site of `#[async_retry(expression)]`, which learns whether its policies have a budget.
///
/// Without one, a call that succeeds has no use for its policy, and must not evaluate the expression.
pub struct PolicySite(AtomicBool);

impl PolicySite {
    /// A site that has seen no policy.
    #[must_use]
    #[inline]
    #[allow(clippy::new_without_default)] // Only generated code makes one.
    pub const fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Whether a policy that had a budget was seen here.
    ///
    /// Relaxed: the flag guards nothing, and whoever misses it puts nothing in for one call.
    #[inline]
    pub fn has_budget(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Sees the policy of a call that has failed. The first that has a budget puts in what its call is worth.
    #[inline]
    pub fn seen<'p>(&self, policy: &'p RetryConfig) -> &'p RetryConfig {
        if let Some(budget) = policy.budget
            && !self.0.swap(true, Ordering::Relaxed)
        {
            budget.deposit();
        }
        policy
    }
}

/// A failed attempt whose error is classified by its type.
#[inline]
#[must_use]
pub fn classified(
    kind: FailureKind,
    hint: Option<Duration>,
    error: &dyn fmt::Display,
) -> Failure<'_> {
    Failure::of_kind(kind, hint, error)
}

/// A failed attempt that the user's predicate has judged.
#[inline]
#[must_use]
pub fn decided(retry: bool, error: &dyn fmt::Display) -> Failure<'_> {
    Failure::decided(retry, Some(error))
}

/// An attempt that gave a value which is not good enough.
#[inline]
#[must_use]
pub fn unsatisfied() -> Failure<'static> {
    Failure::decided(true, None)
}

/// An attempt that a timeout ended.
#[inline]
#[must_use]
pub fn timed_out(cut: Cut, error: &dyn fmt::Display) -> Failure<'_> {
    match cut {
        Cut::Total => Failure::out_of_time(error),
        Cut::Attempt => Failure::of_kind(FailureKind::Timeout, None, error),
    }
}

/// Calls a predicate; through this signature its closure learns the type of its parameter.
#[inline]
pub fn ask<T, R>(value: &T, predicate: impl FnOnce(&T) -> R) -> R {
    predicate(value)
}

/// Gives a hook the signature that its closure needs for inference.
#[inline]
pub fn hook<F: FnMut(&Event<'_>)>(hook: F) -> F {
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
    breaker.admit_static()
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

/// Calls a fallback; through this signature its closure learns the type of its parameter.
#[cold]
pub fn call_fallback<F, O>(fallback: F, open: impl Into<CircuitOpen>) -> O
where
    F: FnOnce(CircuitOpen) -> O,
{
    fallback(open.into())
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
