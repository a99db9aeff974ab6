//! The settings from the setters: functions that classify outcomes, name and budget.

use std::borrow::Cow;
use std::time::Duration;

use super::Judge;
use crate::budget::RetryBudget;
use crate::config::RetryConfig;
use crate::observe::Event;
use crate::series::Call;
use crate::session::Failure;
use crate::timeout::Deadline;

/// An optional function. It is `Send`, so that the run is.
type Hook<'h, F> = Option<Box<F>>;

type Ask<'h, V, R> = Hook<'h, dyn FnMut(&V) -> R + Send + 'h>;

/// The functions that classify outcomes, the name and the budget, as set.
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
    /// Returns rules without functions or budget, with this name.
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

    /// Returns the failure of an outcome, unless the outcome is accepted.
    pub(super) fn failure<'e, J: Judge<E>>(
        &mut self,
        outcome: &'e Result<T, E>,
    ) -> Option<Failure<'e>> {
        let (failure, hint) = match outcome {
            Ok(value) => {
                if !self.retry_if_ok.as_mut()?(value) {
                    return None;
                }
                (Failure::unsatisfied(), self.retry_after_ok.as_mut().map(|hint| hint(value)))
            }
            Err(error) => {
                let failure = J::failure(error);
                let retry = self.retry_if.as_mut().map(|retry_if| retry_if(error));
                let failure = retry.map_or(failure, |retry| failure.judged(retry));
                (failure, self.retry_after.as_mut().map(|hint| hint(error)))
            }
        };
        Some(hint.map_or(failure, |hint| failure.with_hint(hint)))
    }

    /// Returns the inputs of the decision after a failure.
    pub(super) fn call<'c>(
        &'c mut self,
        policy: &'c RetryConfig,
        deadline: Option<&'c Deadline>,
    ) -> Call<'c> {
        let mut call = Call::new(policy, &self.name).before(deadline);
        if let Some(budget) = self.budget {
            call = call.within(budget);
        }
        match &mut self.on_retry {
            Some(hook) => call.reporting_to(hook),
            None => call,
        }
    }
}

/// Declares the setters of [`Rules`], which the type has at `$rules`. `$field` lists the type's
/// fields for `retry_unclassified_if`, which changes `J`.
macro_rules! rule_setters {
    (
        impl $Run:ident where F: [$($bound:tt)+]
        $self:ident => $rules:expr, { $($field:ident),+ }
    ) => {
        impl<'h, F, T, E, J> $Run<'h, F, T, E, J>
        where
            F: $($bound)+,
        {
            /// Sets the name in events. Default: the closure's type name, which contains its module
            /// path.
            pub fn name(mut $self, name: impl Into<Cow<'h, str>>) -> Self {
                $rules.name = name.into();
                $self
            }

            /// Takes tokens for retries from this budget instead of the policy's. Default: the
            /// budget of the policy, if any.
            pub fn budget(mut $self, budget: &'h RetryBudget) -> Self {
                $rules.budget = Some(budget);
                $self
            }

            rule_setters! { @functions $self => $rules,
                /// Retries if a predicate returns `true` for a value. After the last attempt, the
                /// value is returned unchanged.
                retry_if_ok(&T) -> bool;

                /// Gets the wait that an error asks for from a function instead of the error's own
                /// [hint](crate::RetryHint). With `None`, only the backoff decides.
                ///
                /// An error whose hint is [`Never`](crate::RetryHint::Never) still ends the
                /// sequence.
                retry_after(&E) -> Option<Duration>;

                /// Gets the wait that a value asks for, if [`retry_if_ok`](Self::retry_if_ok)
                /// retries it.
                retry_after_ok(&T) -> Option<Duration>;

                /// Calls a function before the wait of each retry.
                on_retry(&Event<'_>) -> ();
            }
        }

        impl<'h, F, T, E> $Run<'h, F, T, E>
        where
            F: $($bound)+,
        {
            rule_setters! { @functions $self => $rules,
                /// Decides by a predicate instead of the error's kind. The kind still appears in
                /// events, and the error's own hint still counts:
                /// [`Never`](crate::RetryHint::Never) ends the sequence even if the predicate
                /// returns `true`.
                ///
                /// The predicate is called for every error, including
                /// [`CircuitOpen`](crate::CircuitOpen). For an error that is not
                /// [`Retryable`](crate::Retryable), use
                /// [`retry_unclassified_if`](Self::retry_unclassified_if).
                retry_if(&E) -> bool;
            }

            /// Like [`retry_if`](Self::retry_if), for errors that are not
            /// [`Retryable`](crate::Retryable).
            pub fn retry_unclassified_if<P>(
                mut $self,
                retry_if: P,
            ) -> $Run<'h, F, T, E, $crate::run::bounds::ByPredicate>
            where
                P: FnMut(&E) -> bool + Send + 'h,
            {
                $rules.retry_if = Some(Box::new(retry_if));
                let Self { $($field,)+ judge: _ } = $self;
                $Run { $($field,)+ judge: PhantomData }
            }
        }
    };
    (
        @functions $self:ident => $rules:expr,
        $($(#[$about:meta])* $name:ident($value:ty) -> $result:ty;)+
    ) => {$(
        $(#[$about])*
        pub fn $name<P>(mut $self, $name: P) -> Self
        where
            P: FnMut($value) -> $result + Send + 'h,
        {
            $rules.$name = Some(Box::new($name));
            $self
        }
    )+};
}
pub(super) use rule_setters;
