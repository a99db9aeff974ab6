//! The sequence of an annotated function or of `run`, which waits.

use std::future::Future;
use std::mem;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use super::Call;
use crate::budget::RetryBudget;
use crate::clock::{self, Sleep};
use crate::config::{RetryConfig, overrides};
use crate::session::{Failure, Progress};

/// One sequence of attempts.
///
/// After a failure it goes by value into the decision and comes back: a pointer to it would tie the
/// user's whole future to memory, even if the first attempt succeeds and the compiler could keep
/// everything in registers.
pub struct Sequence {
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
        Self { attempt: NonZeroU32::MIN, timer: None }
    }

    /// Begins a sequence whose retries take tokens from this budget, and makes its deposit.
    #[inline]
    #[must_use]
    pub fn within(budget: Option<&RetryBudget>) -> Self {
        _ = super::begin(budget);
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
        self.attempt.get()
    }

    #[inline]
    pub(crate) const fn has_timer(&self) -> bool {
        self.timer.is_some()
    }

    /// Returns whether another attempt follows. If so, [`wait`](Self::wait) comes first.
    #[inline]
    pub fn failed(&mut self, policy: &RetryConfig, operation: &str, failure: Failure<'_>) -> bool {
        let next = mem::replace(self, Self::new()).after_plain(policy, operation, &failure);
        next.map(|next| *self = next).is_some()
    }

    /// [`failed`](Self::failed), with everything that an attribute may add.
    #[inline]
    pub fn failed_call(&mut self, mut call: Call<'_>, failure: Failure<'_>) -> bool {
        let next = mem::replace(self, Self::new()).after(&mut call, &failure);
        next.map(|next| *self = next).is_some()
    }

    /// [`after`](Self::after) for a call that has only a policy. The caller's future, which a
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
    fn after(mut self, call: &mut Call<'_>, failure: &Failure<'_>) -> Option<Self> {
        let previous = self.timer.as_ref().map(|timer| timer.wait);
        let mut progress = Progress { attempt: self.attempt, previous };
        let wait = call.after(&mut progress, failure)?;
        self.attempt = progress.attempt;
        match &mut self.timer {
            Some(timer) => timer.as_mut().restart(wait),
            None if wait.is_zero() => {}
            None => {
                let sleep = clock::sleep_until(clock::after(wait));
                self.timer = Some(Box::pin(Timer { sleep, wait }));
            }
        }
        Some(self)
    }

    /// Starts the wait anew, and returns how long it is.
    pub(crate) fn restart_wait(&mut self) -> Duration {
        let Some(timer) = &mut self.timer else { return Duration::ZERO };
        let wait = timer.wait;
        timer.as_mut().restart(wait);
        wait
    }

    /// Waits as long as the last failure demands.
    #[inline]
    pub fn wait(&mut self) -> Wait<'_> {
        // The timer is there where waits are skipped: the next delay may depend on this one.
        Wait(self.timer.as_mut().filter(|_| !overrides::skips_waits()).map(Pin::as_mut))
    }
}

/// The wait between two attempts; without a timer it is over at once. The compiler does not inline
/// std's `poll_fn` here, which would keep the caller's future in memory.
pub struct Wait<'s>(Option<Pin<&'s mut Timer>>);

impl Future for Wait<'_> {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().map_or(Poll::Ready(()), |timer| timer.as_mut().poll(context))
    }
}

/// The check is inline and the rest out of line: at the end of a first attempt there is nothing to
/// drop.
impl Drop for Sequence {
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

pin_project! {
    /// A timer that can be started anew, and the length of its wait.
    struct Timer {
        #[pin]
        sleep: Sleep,
        wait: Duration,
    }
}

impl Timer {
    /// Starts another wait.
    fn restart(self: Pin<&mut Self>, wait: Duration) {
        let this = self.project();
        if !wait.is_zero() {
            this.sleep.reset(clock::after(wait));
        }
        *this.wait = wait;
    }

    #[cold]
    #[inline(never)]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        // The timer was not started for a wait of nothing, and a smol timer that has fired before
        // would stay pending.
        if this.wait.is_zero() {
            return Poll::Ready(());
        }
        this.sleep.poll(context)
    }
}
