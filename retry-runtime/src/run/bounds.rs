//! The bounds on a closure and its error. The module is private, so these traits cannot be
//! implemented elsewhere.

use std::any::type_name;
use std::fmt::Display;
use std::future::Future;

use crate::failure::Retryable;
use crate::observe::Excerpt;
use crate::session::Failure;

/// A closure that makes attempts.
#[diagnostic::on_unimplemented(
    message = "an attempt must not borrow from the closure, and its future must return a `Result`",
    label = "not a closure that can be called once per attempt",
    note = "for a closure that lends what it captures, use `run_mut(async || …)`, which has no settings",
    note = "if you need settings, write a function with a `&mut` argument and `#[async_retry]`",
    note = "to give each attempt its own value, clone it: `|| {{ let x = x.clone(); async move {{ … }} }}`"
)]
pub trait Attempts<T, E> {
    /// The future of one attempt.
    type Attempt: Future<Output = Result<T, E>>;

    /// Begins an attempt.
    fn attempt(&mut self) -> Self::Attempt;

    /// Returns whether another attempt can follow the latest one.
    fn is_repeatable(&self) -> bool {
        true
    }

    /// Returns the name in events if no other is set.
    #[must_use]
    fn name() -> &'static str {
        type_name::<Self>()
    }
}

#[diagnostic::do_not_recommend]
impl<F, A, T, E> Attempts<T, E> for F
where
    F: FnMut() -> A,
    A: Future<Output = Result<T, E>>,
{
    type Attempt = A;

    #[inline]
    fn attempt(&mut self) -> A {
        self()
    }
}

/// The error's own classification decides, unless a predicate is set.
#[derive(Debug)]
pub struct ByKind;

/// Only a predicate decides.
#[derive(Debug)]
pub struct ByPredicate;

/// A classification of errors.
#[diagnostic::on_unimplemented(
    message = "`{E}` must implement `Retryable` and `Display`",
    label = "this error type does not implement both",
    note = "classify it once: write `#[derive(Retryable)]` with a `#[retry(…)]` on each variant, or `impl Retryable`",
    note = "if the type belongs to another crate, return your own type that wraps it: see `retry_utils::guide::client_library`",
    note = "or decide here: write `.retry_unclassified_if(|error| …)`"
)]
pub trait Judge<E> {
    /// Returns the failure for an error, before a predicate is called.
    fn failure(error: &E) -> Failure<'_>;

    /// Returns the error as events show it.
    fn shown(error: &E) -> Excerpt<'_>;
}

#[diagnostic::do_not_recommend]
impl<E: Retryable + Display> Judge<E> for ByKind {
    #[inline]
    fn failure(error: &E) -> Failure<'_> {
        Failure::of(error)
    }

    #[inline]
    fn shown(error: &E) -> Excerpt<'_> {
        error.as_error().map_or(Excerpt::of_text(error), Excerpt::of_error)
    }
}

#[diagnostic::do_not_recommend]
impl<E: Display> Judge<E> for ByPredicate {
    #[inline]
    fn failure(error: &E) -> Failure<'_> {
        Failure::decided(false, None, Some(Excerpt::of_text(error)))
    }

    fn shown(error: &E) -> Excerpt<'_> {
        Excerpt::of_text(error)
    }
}
