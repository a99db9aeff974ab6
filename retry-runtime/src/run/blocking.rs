//! Retries of a synchronous closure.

use std::any::type_name;
use std::borrow::Cow;
use std::marker::PhantomData;
use std::thread;
use std::time::Duration;

use super::bounds::{ByKind, ByPredicate, Judge};
use super::rules::{Rules, failure, rule_setters};
use crate::budget::RetryBudget;
use crate::config::{RetryConfig, overrides};
use crate::observe::Event;
use crate::series::{Call, Deadline, Progress};

/// A retry sequence of a synchronous closure, from [`RetryConfig::run_blocking`]. [`call`](Self::call)
/// runs it.
#[must_use = "nothing runs until `call`"]
pub struct RunBlocking<'h, F, T, E, J = ByKind> {
    policy: RetryConfig,
    attempts: F,
    rules: Rules<'h, T, E>,
    total_timeout: Option<Duration>,
    judge: PhantomData<fn() -> J>,
}

impl<'h, F, T, E, J> RunBlocking<'h, F, T, E, J>
where
    F: FnMut() -> Result<T, E>,
{
    rule_setters!(self => self.rules);

    /// Ends the sequence when all attempts and waits together take longer: no wait is begun that
    /// would end later. A running attempt is not interrupted. Default: none.
    pub fn total_timeout(mut self, limit: Duration) -> Self {
        self.total_timeout = Some(limit);
        self
    }

    /// Makes the attempts, and sleeps on this thread in between.
    ///
    /// # Errors
    ///
    /// The last attempt's error, unchanged.
    pub fn call(mut self) -> Result<T, E>
    where
        J: Judge<E>,
    {
        let deadline = Deadline::within(self.total_timeout);
        let mut progress = Progress::begin(self.rules.budget.or(self.policy.budget));
        loop {
            let outcome = (self.attempts)();
            let failure = match &outcome {
                Err(error) => failure::<T, E, J>(Some(&mut self.rules), error),
                Ok(value) => match self.rules.of_value(value) {
                    Some(failure) => failure,
                    None => return outcome,
                },
            };
            let hook = self.rules.on_retry.as_deref_mut().map(|hook| hook as _);
            let deadline = deadline.as_ref();
            let (name, budget) = (&*self.rules.name, self.rules.budget);
            let mut call = Call::with(&self.policy, name, deadline, budget, hook);
            let Some(wait) = progress.after(&mut call, &failure) else { return outcome };
            drop(outcome);
            if !overrides::skips_waits() {
                thread::sleep(wait);
            }
        }
    }
}

impl<'h, F, T, E> RunBlocking<'h, F, T, E> {
    #[inline]
    pub(super) fn new(policy: RetryConfig, attempts: F) -> Self {
        let rules = Rules::named(type_name::<F>());
        Self { policy, attempts, rules, total_timeout: None, judge: PhantomData }
    }

    /// Decides by a predicate instead of the error's kind. The kind still appears in events, and the
    /// error's own hint still counts. An error that is not [`Retryable`](crate::Retryable) needs
    /// [`retry_unclassified_if`](Self::retry_unclassified_if).
    pub fn retry_if<P>(mut self, retry_if: P) -> Self
    where
        P: FnMut(&E) -> bool + Send + 'h,
    {
        self.rules.retry_if = Some(Box::new(retry_if));
        self
    }

    /// Decides by a predicate about errors that are not [`Retryable`](crate::Retryable).
    pub fn retry_unclassified_if<P>(mut self, retry_if: P) -> RunBlocking<'h, F, T, E, ByPredicate>
    where
        P: FnMut(&E) -> bool + Send + 'h,
    {
        self.rules.retry_if = Some(Box::new(retry_if));
        let Self { policy, attempts, rules, total_timeout, judge: _ } = self;
        RunBlocking { policy, attempts, rules, total_timeout, judge: PhantomData }
    }
}
