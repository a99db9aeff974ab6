//! Retries of a synchronous closure.

use std::any::type_name;
use std::borrow::Cow;
use std::marker::PhantomData;
use std::thread;
use std::time::Duration;

use super::bounds::{ByKind, Judge};
use super::rules::{Rules, rule_setters};
use crate::budget::RetryBudget;
use crate::config::{RetryConfig, overrides};
use crate::observe::{Event, Reason};
use crate::series;
use crate::timeout::Deadline;

/// A retry sequence of a synchronous closure, from [`RetryConfig::run_blocking`].
/// [`call`](Self::call) runs it.
#[must_use = "nothing runs until `call`"]
pub struct RunBlocking<'h, F, T, E, J = ByKind> {
    policy: RetryConfig,
    attempts: F,
    rules: Rules<'h, T, E>,
    total_timeout: Option<Duration>,
    judge: PhantomData<fn() -> J>,
}

rule_setters! {
    impl RunBlocking where F: [FnMut() -> Result<T, E>]
    self => self.rules, { policy, attempts, rules, total_timeout }
}

impl<F, T, E, J> RunBlocking<'_, F, T, E, J>
where
    F: FnMut() -> Result<T, E>,
{
    /// Ends the sequence if all attempts and waits together take longer. No wait starts that would
    /// end later. A running attempt is not interrupted. Default: none.
    pub fn total_timeout(mut self, limit: Duration) -> Self {
        self.total_timeout = Some(limit);
        self
    }

    /// Makes the attempts, and sleeps on this thread between them.
    ///
    /// # Errors
    ///
    /// The last attempt's error, unchanged.
    pub fn call(mut self) -> Result<T, E>
    where
        J: Judge<E>,
    {
        let deadline = Deadline::within(self.total_timeout);
        let mut progress = series::begin(self.rules.budget.or(self.policy.budget));
        loop {
            let outcome = (self.attempts)();
            let Some(failure) = self.rules.failure::<J>(&outcome) else { return outcome };
            let mut call = self.rules.call(&self.policy, deadline.as_ref());
            let Some(wait) = call.after(progress, &failure) else { return outcome };
            if !overrides::skips_waits() {
                thread::sleep(wait);
            }
            if deadline.as_ref().is_some_and(Deadline::has_passed) {
                let call = self.rules.call(&self.policy, None);
                call.ended(progress.attempt(), &failure, Reason::DeadlineExceeded);
                return outcome;
            }
            progress.advance(wait);
        }
    }
}

impl<F, T, E> RunBlocking<'_, F, T, E> {
    pub(super) fn new(policy: RetryConfig, attempts: F) -> Self {
        let rules = Rules::named(type_name::<F>());
        Self { policy, attempts, rules, total_timeout: None, judge: PhantomData }
    }
}
