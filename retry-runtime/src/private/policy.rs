//! Support for policies in generated code.

use std::convert::Infallible;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::LazyLock;

use crate::config::RetryConfig;

/// A policy that overrides may be written into; `const`, unlike `clone`.
#[must_use]
#[inline]
pub const fn policy(policy: &RetryConfig) -> RetryConfig {
    policy.copied()
}

/// Panics, at compile time and in the user's place, with the first rule that the policy breaks.
#[track_caller]
#[inline]
pub const fn check(policy: &RetryConfig) {
    if let Some(rule) = policy.violation() {
        panic!("{}", rule.text());
    }
}

/// A policy that an attribute names by a path.
///
/// Generated code asks where it comes from. The method of this type answers for a `LazyLock`; for all other types
/// method resolution goes on to [`AnySource`].
pub struct Source<'p, P: ?Sized>(#[allow(dead_code)] &'p P);

impl<'p, P: ?Sized> Source<'p, P> {
    /// The source of a policy.
    pub const fn new(policy: &'p P) -> Self {
        Self(policy)
    }
}

impl<P, F> Source<'_, LazyLock<P, F>> {
    /// It is made at run time.
    #[must_use]
    pub const fn __retry_utils_source(&self) -> LazyPolicy<P> {
        LazyPolicy(PhantomData)
    }
}

impl<P: ?Sized> Deref for Source<'_, P> {
    type Target = AnySource;

    fn deref(&self) -> &AnySource {
        &AnySource
    }
}

/// A policy that is in no `LazyLock`.
pub struct AnySource;

impl AnySource {
    /// Nothing is wrong with it.
    #[must_use]
    pub const fn __retry_utils_source(&self) -> Self {
        Self
    }
}

/// A policy in a `LazyLock`. It has the policy's type, so that an error in that is the only one.
pub struct LazyPolicy<P>(PhantomData<P>);

/// A policy that is known when the program is compiled.
#[diagnostic::on_unimplemented(
    message = "a policy that is named by a path is checked at compile time, but this one is in a `LazyLock`",
    label = "made at run time",
    note = "write a star before it: `#[async_retry(*P)]` for a `static P: LazyLock<RetryConfig>`"
)]
pub trait KnownAtCompileTime {
    /// It is.
    fn known(self);
}

impl KnownAtCompileTime for AnySource {
    fn known(self) {}
}

/// Applies to no policy. Without it, an unresolved path would also be reported as a `LazyLock`.
impl KnownAtCompileTime for LazyPolicy<Infallible> {
    fn known(self) {}
}
