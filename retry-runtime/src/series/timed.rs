//! The sequence of an annotated function or of `run`, which waits.

use std::future::Future;
use std::mem;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::{Call, Progress};
use crate::budget::RetryBudget;
use crate::config::{RetryConfig, overrides};
use crate::session::Failure;
use crate::timer::Timer;

/// One sequence of attempts.
///
/// After a failure its state goes by value into the decision and comes back: a pointer to it would
/// tie the user's whole future to memory, even if the first attempt succeeds and the compiler could
/// keep everything in registers.
pub struct Sequence(State);

/// How far a sequence has come, and its timer. It fits two registers.
struct State {
    attempt: NonZeroU32,
    /// Made at the first wait that takes time, and kept for the next. It holds the wait. Inline, it
    /// would be most of the future's size.
    timer: Option<Pin<Box<Timer>>>,
}

impl Sequence {
    /// A sequence before its first attempt.
    #[inline]
    #[must_use]
    #[allow(clippy::new_without_default)] // Only generated code makes one.
    pub const fn new() -> Self {
        Self(State::NONE)
    }

    /// [`new`](Self::new) for a call that retries take tokens for: it makes a deposit.
    #[inline]
    #[must_use]
    pub fn within(budget: Option<&RetryBudget>) -> Self {
        Progress::begin(budget);
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

    #[inline]
    pub(crate) const fn has_timer(&self) -> bool {
        self.0.timer.is_some()
    }

    /// Returns whether another attempt follows. If so, [`wait`](Self::wait) comes first.
    #[inline]
    pub fn failed(&mut self, policy: &RetryConfig, operation: &str, failure: Failure<'_>) -> bool {
        self.go_on(|state| state.after_plain(policy, operation, &failure))
    }

    /// [`failed`](Self::failed), with everything that an attribute may add.
    #[inline]
    pub fn failed_call(&mut self, mut call: Call<'_>, failure: Failure<'_>) -> bool {
        self.go_on(|state| state.after(&mut call, &failure))
    }

    #[inline]
    fn go_on(&mut self, after: impl FnOnce(State) -> Option<State>) -> bool {
        let next = after(mem::replace(&mut self.0, State::NONE));
        let is_retried = next.is_some();
        if let Some(state) = next {
            self.0 = state;
        }
        is_retried
    }

    /// Starts the wait anew, and returns how long it is.
    pub(crate) fn restart_wait(&mut self) -> Duration {
        let Some(timer) = &mut self.0.timer else { return Duration::ZERO };
        let wait = timer.wait();
        timer.as_mut().restart(wait);
        wait
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
impl Drop for Sequence {
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

impl State {
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
        let previous = self.timer.as_ref().map(|timer| timer.wait());
        let mut progress = Progress { attempt: self.attempt, previous };
        let wait = progress.after(call, failure)?;
        Some(self.next(progress.attempt, wait))
    }

    fn next(mut self, attempt: NonZeroU32, wait: Duration) -> Self {
        match &mut self.timer {
            Some(timer) => timer.as_mut().restart(wait),
            None if wait.is_zero() => {}
            None => self.timer = Some(Box::pin(Timer::start(wait))),
        }
        Self { attempt, ..self }
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
