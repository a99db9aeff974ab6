//! What a [`Run`](super::Run) was set up with, as types: what was not asked for costs nothing.

use std::fmt::Display;
use std::time::Duration;

use crate::budget::RetryBudget;
use crate::failure::Retryable;
use crate::observe::Event;
use crate::session::Failure;

/// The error's own classification decides.
pub struct ByKind;

/// The error's own hint counts.
pub struct OwnHint;

/// Every value is good enough.
pub struct AnyValue;

/// Nobody is told.
pub struct NoHook;

/// The policy says from which budget retries take tokens.
pub struct PolicyBudget;

/// A budget that was given.
pub struct Within<'p>(pub(super) &'p RetryBudget);

/// A function that was given.
pub struct Given<P>(pub(super) P);

/// Says what a failed attempt was.
pub trait Judge<E> {
    /// The failure that an error is.
    fn failure<'e>(&mut self, error: &'e E) -> Failure<'e>;

    /// The error as events show it.
    fn shown(error: &E) -> &dyn Display;
}

impl<E: Retryable + Display> Judge<E> for ByKind {
    #[inline]
    fn failure<'e>(&mut self, error: &'e E) -> Failure<'e> {
        Failure::of_kind(error.failure_kind(), error.retry_after(), Some(error))
    }

    #[inline]
    fn shown(error: &E) -> &dyn Display {
        error
    }
}

impl<E: Display, P: FnMut(&E) -> bool> Judge<E> for Given<P> {
    #[inline]
    fn failure<'e>(&mut self, error: &'e E) -> Failure<'e> {
        Failure::decided(self.0(error), None, Some(error))
    }

    #[inline]
    fn shown(error: &E) -> &dyn Display {
        error
    }
}

/// Says how long the other side asked to wait.
pub trait Hint<E> {
    /// The failure with this hint.
    fn over<'e>(&mut self, failure: Failure<'e>, error: &E) -> Failure<'e>;
}

impl<E> Hint<E> for OwnHint {
    #[inline]
    fn over<'e>(&mut self, failure: Failure<'e>, _error: &E) -> Failure<'e> {
        failure
    }
}

impl<E, P: FnMut(&E) -> Option<Duration>> Hint<E> for Given<P> {
    #[inline]
    fn over<'e>(&mut self, failure: Failure<'e>, error: &E) -> Failure<'e> {
        failure.with_hint(self.0(error))
    }
}

/// Says whether a value is worth another attempt.
pub trait Satisfies<T> {
    /// Whether to try again.
    fn again(&mut self, value: &T) -> bool;
}

impl<T> Satisfies<T> for AnyValue {
    #[inline]
    fn again(&mut self, _value: &T) -> bool {
        false
    }
}

impl<T, P: FnMut(&T) -> bool> Satisfies<T> for Given<P> {
    #[inline]
    fn again(&mut self, value: &T) -> bool {
        self.0(value)
    }
}

/// Hears of retries.
pub trait Hook {
    /// The function to call, if there is one.
    fn hook(&mut self) -> Option<&mut dyn FnMut(&Event<'_>)>;
}

impl Hook for NoHook {
    #[inline]
    fn hook(&mut self) -> Option<&mut dyn FnMut(&Event<'_>)> {
        None
    }
}

impl<P: FnMut(&Event<'_>)> Hook for Given<P> {
    #[inline]
    fn hook(&mut self) -> Option<&mut dyn FnMut(&Event<'_>)> {
        Some(&mut self.0)
    }
}

/// Says from which budget retries take tokens.
pub trait Budgeted {
    /// The budget, if it is not the policy's.
    fn given(&self) -> Option<&RetryBudget>;
}

impl Budgeted for PolicyBudget {
    #[inline]
    fn given(&self) -> Option<&RetryBudget> {
        None
    }
}

impl Budgeted for Within<'_> {
    #[inline]
    fn given(&self) -> Option<&RetryBudget> {
        Some(self.0)
    }
}
