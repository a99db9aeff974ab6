//! Support for policies in generated code.

use std::convert::Infallible;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::LazyLock;

use crate::config::RetryConfig;

/// Returns a copy for the attribute's overrides. Unlike `clone`, it is `const`.
#[must_use]
pub const fn policy(policy: &RetryConfig) -> RetryConfig {
    policy.copied()
}

/// Panics with the first rule that the policy breaks, at compile time and at the user's location.
#[track_caller]
pub const fn check(policy: &RetryConfig) {
    if let Some(rule) = policy.violation() {
        panic!("{}", rule.text);
    }
}

/// A policy that an attribute names by a path.
///
/// Generated code checks where it comes from. The method of this type applies to a `LazyLock`. For
/// all other types, method resolution continues with [`AnySource`].
pub struct PolicySource<'p, P: ?Sized>(pub &'p P);

impl<P, F> PolicySource<'_, LazyLock<P, F>> {
    /// Returns the marker of a policy that is created at run time.
    #[must_use]
    pub const fn __retry_utils_source(&self) -> LazyPolicy<P> {
        LazyPolicy(PhantomData)
    }
}

impl<P: ?Sized> Deref for PolicySource<'_, P> {
    type Target = AnySource;

    fn deref(&self) -> &AnySource {
        &AnySource
    }
}

/// A policy outside a `LazyLock`.
pub struct AnySource;

impl AnySource {
    /// Returns the marker of a policy outside a `LazyLock`.
    #[must_use]
    pub const fn __retry_utils_source(&self) -> Self {
        Self
    }
}

/// A policy in a `LazyLock`. It keeps the policy's type, so that only one error is reported.
pub struct LazyPolicy<P>(PhantomData<P>);

/// A policy that is known when the program is compiled.
#[diagnostic::on_unimplemented(
    message = "a policy named by a path is checked at compile time, but this one is in a `LazyLock`",
    label = "created at run time",
    note = "dereference it: write `#[async_retry(*P)]` for a `static P: LazyLock<RetryConfig>`"
)]
pub trait KnownAtCompileTime: Sized {
    /// Does nothing.
    fn known(self) {}
}

impl KnownAtCompileTime for AnySource {}

/// Implemented for no real policy. Without this, an unresolved path would also be reported as a
/// `LazyLock`.
impl KnownAtCompileTime for LazyPolicy<Infallible> {}
