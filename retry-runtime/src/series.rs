//! The state of one retry series, beside the user's function; its timeouts stand in `limits`.

mod limits;

use std::future::Future;
use std::mem;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use crate::budget::RetryBudget;
use crate::clock;
use crate::config::{RetryConfig, overrides};
use crate::observe::{self, Event, Excerpt};
use crate::random;
use crate::session::{Decision, Failure, decide};
use crate::timer::Timer;
pub use limits::{Deadline, Limits};

/// One series of attempts.
///
/// After a failure its progress goes by value into the decision and comes back: a pointer to it would tie the user's
/// whole future to memory, also where the first attempt succeeds and the compiler could keep everything in registers.
pub struct Series(Progress);

/// How far a series has come. It fits two registers.
struct Progress {
    attempt: NonZeroU32,
    /// Made at the first wait that takes time and kept for the next; inline, it would be most of the future's size.
    timer: Option<Pin<Box<Timer>>>,
}

impl Series {
    /// A series before its first attempt.
    #[inline]
    #[must_use]
    #[allow(clippy::new_without_default)] // Only generated code makes one.
    pub const fn new() -> Self {
        Self(Progress::NONE)
    }

    /// [`new`](Self::new) for a call that retries take tokens for: it puts in what it is worth.
    #[inline]
    #[must_use]
    pub fn within(budget: Option<&RetryBudget>) -> Self {
        if let Some(budget) = budget {
            budget.deposit();
        }
        Self::new()
    }

    /// [`within`](Self::within) the budget of a policy.
    #[inline]
    #[must_use]
    pub fn of(policy: &RetryConfig) -> Self {
        Self::within(policy.budget)
    }

    /// The number of the current attempt, from 1.
    #[inline]
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.0.attempt.get()
    }

    /// Returns whether another attempt follows. If so, [`wait`](Self::wait) comes first.
    #[inline]
    pub fn failed(&mut self, policy: &RetryConfig, operation: &str, failure: Failure<'_>) -> bool {
        self.go_on(|progress| progress.after_plain(policy, operation, &failure))
    }

    /// [`failed`](Self::failed), with everything that an attribute may add.
    #[inline]
    pub fn failed_call(&mut self, mut call: Call<'_>, failure: Failure<'_>) -> bool {
        self.go_on(|progress| progress.after(&mut call, &failure))
    }

    #[inline]
    fn go_on(&mut self, after: impl FnOnce(Progress) -> Option<Progress>) -> bool {
        let next = after(mem::replace(&mut self.0, Progress::NONE));
        let is_retried = next.is_some();
        if let Some(progress) = next {
            self.0 = progress;
        }
        is_retried
    }

    /// Waits as long as the last failure demands.
    #[inline]
    pub fn wait(&mut self) -> Wait<'_> {
        // The timer is there all the same: the delay that follows may depend on this one.
        if overrides::skips_waits() {
            return Wait(None);
        }
        Wait(self.0.timer.as_mut().map(Pin::as_mut))
    }
}

/// The check is inline and the rest out of line: at the end of a first attempt there is nothing to drop.
impl Drop for Series {
    #[inline]
    fn drop(&mut self) {
        if let Some(timer) = self.0.timer.take() {
            drop_timer(timer);
        }
    }
}

#[cold]
#[inline(never)]
fn drop_timer(timer: Pin<Box<Timer>>) {
    drop(timer);
}

impl Progress {
    const NONE: Self = Self { attempt: NonZeroU32::MIN, timer: None };

    /// [`after`](Self::after) of a call with nothing beside its policy. The caller's future, which a
    /// [`Call`] would be a part of, stays in registers while nothing fails.
    #[cold]
    #[inline(never)]
    fn after_plain(
        self,
        policy: &RetryConfig,
        operation: &str,
        failure: &Failure<'_>,
    ) -> Option<Self> {
        self.after(&mut Call::new(policy, operation), failure)
    }

    /// Decides what follows a failed attempt: the next one, or nothing.
    #[cold]
    #[inline(never)]
    fn after(self, call: &mut Call<'_>, failure: &Failure<'_>) -> Option<Self> {
        let attempt = self.attempt.get();
        let left = call.deadline.map(Deadline::left);
        let changed = overrides::in_effect(call.policy, call.operation);
        let policy = changed.as_ref().unwrap_or(call.policy);
        let withdraw = || call.budget.is_none_or(|budget| budget.withdraw(clock::millis));
        let decision =
            decide(policy, failure, attempt, self.previous(), left, withdraw, random::unit);
        if call.hook.is_some() || observe::listening() {
            report(call, policy.max_attempts, attempt, failure, decision);
        }
        match decision {
            Decision::Retry(wait) => Some(self.next(wait)),
            Decision::WouldRetry(_) | Decision::GiveUp(_) | Decision::Silent => None,
        }
    }

    /// How long the wait before this attempt was, if there was one.
    #[inline]
    fn previous(&self) -> Option<Duration> {
        self.timer.as_ref().map(|timer| timer.wait())
    }

    fn next(mut self, wait: Duration) -> Self {
        match &mut self.timer {
            Some(timer) => timer.as_mut().restart(wait),
            None if wait.is_zero() => {}
            None => self.timer = Some(Box::pin(Timer::start(wait))),
        }
        // At the last number there is it stays: no policy allows more attempts than that.
        Self { attempt: self.attempt.saturating_add(1), ..self }
    }
}

/// The wait between two attempts; without a timer it is over at once.
pub struct Wait<'s>(Option<Pin<&'s mut Timer>>);

impl Future for Wait<'_> {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match &mut self.0 {
            Some(timer) => poll_timer(timer.as_mut(), context),
            None => Poll::Ready(()),
        }
    }
}

#[cold]
#[inline(never)]
fn poll_timer(timer: Pin<&mut Timer>, context: &mut Context<'_>) -> Poll<()> {
    timer.poll(context)
}

/// Whether something was reported, for a call site that does so once.
pub struct Reported(AtomicBool);

impl Reported {
    /// Nothing was reported so far.
    #[inline]
    #[must_use]
    #[allow(clippy::new_without_default)] // Only generated code makes one.
    pub const fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Returns whether this is the first report. Relaxed: the flag guards no data.
    fn is_first(&self) -> bool {
        !self.0.swap(true, Ordering::Relaxed)
    }
}

/// What the decision after a failure depends on, beside the failure.
pub struct Call<'c> {
    policy: &'c RetryConfig,
    operation: &'c str,
    deadline: Option<&'c Deadline>,
    budget: Option<&'c RetryBudget>,
    /// Whether it was reported that the policy's budget is not used. None if it is, or there is none.
    unused_budget: Option<&'c Reported>,
    hook: Option<&'c mut dyn FnMut(&Event<'_>)>,
}

impl<'c> Call<'c> {
    /// A call under a policy, by the name that events carry.
    #[inline]
    #[must_use]
    pub fn new(policy: &'c RetryConfig, operation: &'c str) -> Self {
        let budget = policy.budget;
        Self { policy, operation, deadline: None, budget, unused_budget: None, hook: None }
    }

    /// [`new`](Self::new) under a policy that was evaluated after the failure. Its budget got no
    /// deposit when the sequence began, and is not used.
    #[inline]
    #[must_use]
    pub fn evaluated(policy: &'c RetryConfig, operation: &'c str, reported: &'c Reported) -> Self {
        let unused_budget = policy.budget.map(|_| reported);
        Self { budget: None, unused_budget, ..Self::new(policy, operation) }
    }

    /// No wait is begun that ends past the deadline, if there is one.
    #[must_use]
    pub fn before(mut self, deadline: Option<&'c Deadline>) -> Self {
        self.deadline = deadline;
        self
    }

    /// Retries take a token from this budget instead of the policy's.
    #[must_use]
    pub fn within(mut self, budget: &'c RetryBudget) -> Self {
        self.budget = Some(budget);
        self
    }

    /// The hook hears of each retry before its wait.
    #[must_use]
    pub fn reporting_to(mut self, hook: &'c mut dyn FnMut(&Event<'_>)) -> Self {
        self.hook = Some(hook);
        self
    }
}

#[cold]
fn report(
    call: &mut Call<'_>,
    max_attempts: u32,
    attempt: u32,
    failure: &Failure<'_>,
    decision: Decision,
) {
    let operation = call.operation;
    let kind = failure.kind();
    let error = failure.error().map(Excerpt::new);
    let event = match decision {
        Decision::Retry(delay) => {
            Event::RetryScheduled { operation, attempt, max_attempts, kind, delay, error }
        }
        Decision::WouldRetry(delay) => {
            Event::WouldRetry { operation, attempt, max_attempts, kind, delay, error }
        }
        Decision::GiveUp(reason) => {
            Event::GaveUp { operation, attempt, max_attempts, reason, kind, error }
        }
        Decision::Silent => return,
    };
    if call.unused_budget.is_some_and(Reported::is_first) {
        observe::publish(&Event::InvalidPolicy { operation, rule: "budget" });
    }
    if let (Decision::Retry(_), Some(hook)) = (decision, &mut call.hook) {
        hook(&event);
    }
    observe::publish(&event);
}
