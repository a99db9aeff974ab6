//! What the setters say about outcomes.

use std::borrow::Cow;
use std::time::Duration;

use super::Judge;
use crate::budget::RetryBudget;
use crate::observe::Event;
use crate::session::Failure;

/// A function that was set, if one was. It is `Send`, so that the run is.
type Hook<'h, F> = Option<Box<F>>;

type Ask<'h, V, R> = Hook<'h, dyn FnMut(&V) -> R + Send + 'h>;

/// What the setters say about outcomes, and under which name and budget.
pub(super) struct Rules<'h, T, E> {
    pub(super) name: Cow<'h, str>,
    pub(super) budget: Option<&'h RetryBudget>,
    pub(super) retry_if: Ask<'h, E, bool>,
    pub(super) retry_if_ok: Ask<'h, T, bool>,
    pub(super) retry_after: Ask<'h, E, Option<Duration>>,
    pub(super) retry_after_ok: Ask<'h, T, Option<Duration>>,
    pub(super) on_retry: Hook<'h, dyn FnMut(&Event<'_>) + Send + 'h>,
}

impl<T, E> Rules<'_, T, E> {
    /// No rules, under this name.
    pub(super) const fn named(name: &'static str) -> Self {
        Self {
            name: Cow::Borrowed(name),
            budget: None,
            retry_if: None,
            retry_if_ok: None,
            retry_after: None,
            retry_after_ok: None,
            on_retry: None,
        }
    }

    /// The failure that a value is, if it is worth another attempt.
    pub(super) fn of_value(&mut self, value: &T) -> Option<Failure<'static>> {
        if !self.retry_if_ok.as_mut()?(value) {
            return None;
        }
        let hint = self.retry_after_ok.as_mut().and_then(|hint| hint(value));
        Some(Failure::unsatisfied().with_hint(hint))
    }
}

/// The failure that an error is, by the rules that there are.
pub(super) fn failure<'e, T, E, J: Judge<E>>(
    rules: Option<&mut Rules<'_, T, E>>,
    error: &'e E,
) -> Failure<'e> {
    let (known, shown) = (J::known(error), Some(J::shown(error)));
    let judged = |retry_if: Option<bool>| match (retry_if, known) {
        (None, Some((kind, hint))) => Failure::of_kind(kind, hint, shown),
        (retry, _) => Failure::decided(retry.unwrap_or(false), known, shown),
    };
    let Some(rules) = rules else { return judged(None) };
    let failure = judged(rules.retry_if.as_mut().map(|retry_if| retry_if(error)));
    match &mut rules.retry_after {
        Some(hint) => failure.with_hint(hint(error)),
        None => failure,
    }
}

/// The setters of [`Rules`] for a type that has them at `$rules`.
macro_rules! rule_setters {
    ($self:ident => $rules:expr) => {
        /// Sets the name that events carry. Default: the closure's type name, which holds its module
        /// path.
        pub fn name(mut $self, name: impl Into<Cow<'h, str>>) -> Self {
            $rules.name = name.into();
            $self
        }

        /// Takes tokens for retries from this budget instead of the policy's. Default: the policy's,
        /// by default none.
        pub fn budget(mut $self, budget: &'h RetryBudget) -> Self {
            $rules.budget = Some(budget);
            $self
        }

        /// Tries again if a value is not good enough. After the last attempt the value is returned as
        /// it is.
        pub fn retry_if_ok<P>(mut $self, retry_if_ok: P) -> Self
        where
            P: FnMut(&T) -> bool + Send + 'h,
        {
            $rules.retry_if_ok = Some(Box::new(retry_if_ok));
            $self
        }

        /// Takes the hint from the error by a function instead of [`Retryable::retry_after`].
        ///
        /// [`Retryable::retry_after`]: crate::Retryable::retry_after
        pub fn retry_after<P>(mut $self, retry_after: P) -> Self
        where
            P: FnMut(&E) -> Option<Duration> + Send + 'h,
        {
            $rules.retry_after = Some(Box::new(retry_after));
            $self
        }

        /// Takes a hint from a value that [`retry_if_ok`](Self::retry_if_ok) rejects.
        pub fn retry_after_ok<P>(mut $self, retry_after_ok: P) -> Self
        where
            P: FnMut(&T) -> Option<Duration> + Send + 'h,
        {
            $rules.retry_after_ok = Some(Box::new(retry_after_ok));
            $self
        }

        /// Calls a function before the wait of each retry.
        pub fn on_retry<P>(mut $self, on_retry: P) -> Self
        where
            P: FnMut(&Event<'_>) + Send + 'h,
        {
            $rules.on_retry = Some(Box::new(on_retry));
            $self
        }
    };
}
pub(super) use rule_setters;
