//! The state of one retry series, beside the user's function.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::clock::{self, Instant};
use crate::config::RetryConfig;
use crate::failure::TimedOut;
use crate::observe::{self, Event, Excerpt};
use crate::random;
use crate::session::{Decision, Failure, decide};
use crate::timeout::Deadlined;
use crate::timer::Timer;

/// One series of attempts. Two words, of which a first attempt that succeeds reads nothing.
pub struct Series {
    attempt: u32,
    // Made at the first wait and kept for the next: inline, a timer would be most of the future's size.
    timer: Option<Pin<Box<Timer>>>,
}

impl Series {
    /// A series before its first attempt.
    #[inline]
    #[must_use]
    #[allow(clippy::new_without_default)] // Only generated code makes one.
    pub const fn new() -> Self {
        Self { attempt: 1, timer: None }
    }

    /// The number of the current attempt, from 1.
    #[inline]
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Whether another attempt follows; if so, [`wait`](Self::wait) comes first.
    #[cold]
    pub fn failed(&mut self, policy: &RetryConfig, operation: &str, failure: Failure<'_>) -> bool {
        self.failed_call(Call::new(policy, operation), failure)
    }

    /// [`failed`](Self::failed), with all that an attribute may add.
    #[cold]
    #[inline(never)]
    pub fn failed_call(&mut self, call: Call<'_>, failure: Failure<'_>) -> bool {
        let Call { policy, operation, deadline, hook } = call;
        let attempt = self.attempt;
        let previous = self.timer.as_ref().map(super::timer::Timer::wait);
        let left = deadline.map(Deadline::left);
        let decision = decide(policy, &failure, attempt, previous, left, random::unit);
        report(policy, operation, attempt, &failure, decision, hook);
        let Decision::Retry(wait) = decision else { return false };
        self.attempt = attempt.saturating_add(1);
        if !wait.is_zero() {
            match &mut self.timer {
                Some(timer) => timer.as_mut().restart(wait),
                None => self.timer = Some(Box::pin(Timer::start(wait))),
            }
        }
        true
    }

    /// Waits as long as the last failure demands.
    #[inline]
    pub fn wait(&mut self) -> Wait<'_> {
        Wait(self.timer.as_mut().map(Pin::as_mut))
    }
}

/// The wait between two attempts; without a timer it is over at once.
pub struct Wait<'s>(Option<Pin<&'s mut Timer>>);

impl Future for Wait<'_> {
    type Output = ();

    #[cold]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match &mut self.0 {
            Some(timer) => timer.as_mut().poll(context),
            None => Poll::Ready(()),
        }
    }
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

fn report(
    policy: &RetryConfig,
    operation: &str,
    attempt: u32,
    failure: &Failure<'_>,
    decision: Decision,
    hook: Option<&mut dyn FnMut(&Event<'_>)>,
) {
    let max_attempts = policy.max_attempts;
    let kind = failure.kind();
    let event = || {
        let error = failure.error().map(Excerpt::new);
        Some(match decision {
            Decision::Retry(delay) => {
                Event::RetryScheduled { operation, attempt, max_attempts, kind, delay, error }
            }
            Decision::WouldRetry(delay) => {
                Event::WouldRetry { operation, attempt, max_attempts, kind, delay, error }
            }
            Decision::GiveUp(reason) => {
                Event::GaveUp { operation, attempt, max_attempts, reason, kind, error }
            }
            Decision::Silent => return None,
        })
    };
    let hook = hook.filter(|_| matches!(decision, Decision::Retry(_)));
    if hook.is_none() && !observe::listening() {
        return;
    }
    let Some(event) = event() else { return };
    if let Some(hook) = hook {
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
        // At the same instant it is the attempt's, so that a hanging dependency is counted.
        Self { nearest: attempt.into_iter().chain(total).min_by_key(|(at, _)| *at) }
    }

    /// Runs an attempt under them.
    ///
    /// # Errors
    ///
    /// [`TimedOut`] where the nearest deadline passed first.
    pub fn run<F: Future>(self, attempt: F) -> Deadlined<F> {
        Deadlined::new(attempt, self.nearest)
    }
}
