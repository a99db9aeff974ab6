//! The state of one retry series, beside the user's function.

use std::future::Future;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::clock::{self, Instant};
use crate::config::RetryConfig;
use crate::failure::TimedOut;
use crate::observe::{self, Event, Excerpt};
use crate::random;
use crate::session::{Decision, Failure, decide, goes_on};
use crate::timeout::{Countdown, Deadlined};
use crate::timer::Timer;

/// One series of attempts.
///
/// After a failure it goes by value into the decision and comes back: a pointer to it would tie the user's whole
/// future to memory, also where the first attempt succeeds and the compiler could keep everything in registers.
pub struct Series {
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
        Self { attempt: NonZeroU32::MIN, timer: None }
    }

    /// The number of the current attempt, from 1.
    #[inline]
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.attempt.get()
    }

    /// Whether another attempt follows; if so, [`wait`](Self::wait) comes first. The policy was checked when the
    /// program was compiled.
    #[inline]
    pub fn failed(&mut self, policy: &RetryConfig, operation: &str, failure: Failure<'_>) -> bool {
        let next = follow_checked(self.attempt, self.timer.take(), policy, operation, &failure);
        self.go_on(next)
    }

    /// [`failed`](Self::failed) under a policy that nobody may have checked.
    #[inline]
    pub fn failed_unchecked(
        &mut self,
        policy: &RetryConfig,
        operation: &str,
        failure: Failure<'_>,
    ) -> bool {
        let next = follow_unchecked(self.attempt, self.timer.take(), policy, operation, &failure);
        self.go_on(next)
    }

    /// [`failed`](Self::failed), with all that an attribute may add.
    #[inline]
    pub fn failed_call(&mut self, mut call: Call<'_>, failure: Failure<'_>) -> bool {
        let next = follow_call(self.attempt, self.timer.take(), &mut call, &failure);
        self.go_on(next)
    }

    #[inline]
    fn go_on(&mut self, (attempt, timer): Next) -> bool {
        self.timer = timer;
        if let Some(attempt) = attempt {
            self.attempt = attempt;
        }
        attempt.is_some()
    }

    /// Waits as long as the last failure demands.
    #[inline]
    pub fn wait(&mut self) -> Wait<'_> {
        Wait(self.timer.as_mut().map(Pin::as_mut))
    }
}

/// The check is inline and the rest out of line: at the end of a first attempt there is nothing to drop.
impl Drop for Series {
    #[inline]
    fn drop(&mut self) {
        if let Some(timer) = self.timer.take() {
            drop_timer(timer);
        }
    }
}

#[cold]
#[inline(never)]
fn drop_timer(timer: Pin<Box<Timer>>) {
    drop(timer);
}

/// The number of the next attempt, if one follows, and the timer to wait for.
type Next = (Option<NonZeroU32>, Option<Pin<Box<Timer>>>);

/// What comes after a failed attempt.
#[cold]
#[inline(never)]
fn follow_checked(
    attempt: NonZeroU32,
    timer: Option<Pin<Box<Timer>>>,
    policy: &RetryConfig,
    operation: &str,
    failure: &Failure<'_>,
) -> Next {
    follow(attempt, timer, policy, operation, failure, true)
}

#[cold]
#[inline(never)]
fn follow_unchecked(
    attempt: NonZeroU32,
    timer: Option<Pin<Box<Timer>>>,
    policy: &RetryConfig,
    operation: &str,
    failure: &Failure<'_>,
) -> Next {
    follow(attempt, timer, policy, operation, failure, false)
}

#[inline]
fn follow(
    attempt: NonZeroU32,
    timer: Option<Pin<Box<Timer>>>,
    policy: &RetryConfig,
    operation: &str,
    failure: &Failure<'_>,
    checked: bool,
) -> Next {
    if !observe::nobody_can_listen() || !goes_on(policy, failure, attempt.get(), checked) {
        return follow_policy(attempt, timer, policy, operation, failure);
    }
    if timer.is_none() && policy.law().never_waits() {
        return (Some(attempt.saturating_add(1)), None);
    }
    wait_as_planned(attempt, timer, policy)
}

#[inline(never)]
fn wait_as_planned(
    attempt: NonZeroU32,
    timer: Option<Pin<Box<Timer>>>,
    policy: &RetryConfig,
) -> Next {
    let previous = timer.as_ref().map(|timer| timer.wait());
    let wait = policy.law().delay(attempt.get(), previous, random::unit);
    go_on_after(wait, attempt, timer)
}

#[inline(never)]
fn follow_policy(
    attempt: NonZeroU32,
    timer: Option<Pin<Box<Timer>>>,
    policy: &RetryConfig,
    operation: &str,
    failure: &Failure<'_>,
) -> Next {
    follow_call(attempt, timer, &mut Call::new(policy, operation), failure)
}

/// [`follow`], with all that an attribute may add.
#[cold]
#[inline(never)]
fn follow_call(
    attempt: NonZeroU32,
    timer: Option<Pin<Box<Timer>>>,
    call: &mut Call<'_>,
    failure: &Failure<'_>,
) -> Next {
    let previous = timer.as_ref().map(|timer| timer.wait());
    let left = call.deadline.map(Deadline::left);
    let decision = decide(call.policy, failure, attempt.get(), previous, left, random::unit);
    if call.hook.is_some() || observe::listening() {
        report(call, attempt, failure, decision);
    }
    match decision {
        Decision::Retry(wait) => go_on_after(wait, attempt, timer),
        Decision::WouldRetry(_) | Decision::GiveUp(_) | Decision::Silent => (None, timer),
    }
}

// Of two callers the compiler would spare neither the call, and of these the one is what most failures come to.
#[allow(clippy::inline_always)]
#[inline(always)]
fn go_on_after(wait: Duration, attempt: NonZeroU32, timer: Option<Pin<Box<Timer>>>) -> Next {
    let timer = match timer {
        Some(mut timer) => {
            timer.as_mut().restart(wait);
            Some(timer)
        }
        None if wait.is_zero() => None,
        None => Some(Box::pin(Timer::start(wait))),
    };
    // At the last number there is it stays: no policy allows more attempts than that.
    (Some(attempt.saturating_add(1)), timer)
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

/// What the decision after a failure depends on, beside the failure.
pub struct Call<'c> {
    policy: &'c RetryConfig,
    operation: &'c str,
    deadline: Option<&'c Deadline>,
    hook: Option<&'c mut dyn FnMut(&Event<'_>)>,
}

impl<'c> Call<'c> {
    /// A call under a policy, by the name that events carry.
    #[inline]
    #[must_use]
    pub fn new(policy: &'c RetryConfig, operation: &'c str) -> Self {
        Self { policy, operation, deadline: None, hook: None }
    }

    /// No wait is begun that ends past the deadline.
    #[must_use]
    pub fn before(mut self, deadline: &'c Deadline) -> Self {
        self.deadline = Some(deadline);
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
fn report(call: &mut Call<'_>, attempt: NonZeroU32, failure: &Failure<'_>, decision: Decision) {
    let attempt = attempt.get();
    let operation = call.operation;
    let max_attempts = call.policy.max_attempts;
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
    if let (Decision::Retry(_), Some(hook)) = (decision, &mut call.hook) {
        hook(&event);
    }
    observe::publish(&event);
}

/// When a series has to end.
pub struct Deadline {
    at: Instant,
    limit: Duration,
}

impl Deadline {
    /// A deadline this long from now.
    #[must_use]
    pub fn after(limit: Duration) -> Self {
        Self { at: clock::after(limit), limit }
    }

    fn left(&self) -> Duration {
        self.at.saturating_duration_since(clock::now())
    }
}

/// The timeouts of one attempt.
pub struct Limits {
    /// The nearest deadline, and what to say when it has passed.
    nearest: Option<(Instant, TimedOut)>,
}

impl Limits {
    /// The attempt's own timeout from now on, and the deadline of the series: what there is of them.
    #[must_use]
    pub fn of(attempt: Option<Duration>, total: Option<&Deadline>) -> Self {
        let attempt = attempt.map(|limit| (clock::after(limit), TimedOut::attempt(limit)));
        let total = total.map(|deadline| (deadline.at, TimedOut::total(deadline.limit)));
        let nearest = match (attempt, total) {
            (Some(attempt), Some(total)) if total.0 < attempt.0 => Some(total),
            // At the same instant it is the attempt's, so that a hanging dependency is counted.
            (Some(attempt), _) => Some(attempt),
            (None, total) => total,
        };
        Self { nearest }
    }

    /// Runs an attempt under them.
    ///
    /// # Errors
    ///
    /// [`TimedOut`] where the nearest deadline passed first.
    pub fn run<F: Future>(self, attempt: F) -> Deadlined<F> {
        Deadlined::new(attempt, self.countdown())
    }

    pub(crate) fn countdown(self) -> Option<Countdown> {
        self.nearest.map(|(at, timed_out)| Countdown::new(at, timed_out))
    }
}
