//! The retry sequence of an annotated function or of `run`, which waits.

use std::future::Future;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;

use super::Call;
use crate::budget::RetryBudget;
use crate::clock::{self, Sleep};
use crate::config::{RetryConfig, overrides};
use crate::session::{Failure, Progress};
use crate::timeout::{Deadline, Deadlined};

/// One sequence of attempts.
#[derive(Clone, Copy)]
pub struct Sequence(Progress);

impl Sequence {
    /// Creates a sequence before its first attempt, without a budget.
    #[inline]
    #[must_use]
    #[allow(clippy::new_without_default)] // Only generated code makes one.
    pub const fn new() -> Self {
        Self(Progress::new())
    }

    /// Begins a sequence whose retries take tokens from this budget, and makes its deposit.
    #[inline]
    #[must_use]
    pub fn within(budget: Option<&RetryBudget>) -> Self {
        Self(super::begin(budget))
    }

    /// Begins a sequence with the budget of a policy, like [`within`](Self::within).
    #[inline]
    #[must_use]
    pub fn of(policy: &RetryConfig) -> Self {
        Self::within(policy.budget)
    }

    /// Returns the number of the current attempt, from 1.
    #[inline]
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.0.attempt()
    }

    /// Returns whether another attempt follows. If so, [`wait`](Self::wait) comes first.
    #[inline]
    pub fn failed(&mut self, policy: &RetryConfig, operation: &str, failure: Failure<'_>) -> bool {
        let Progress { attempt, previous } = self.0;
        self.advance(after(attempt, previous, policy, operation, &failure))
    }

    /// Like [`failed`](Self::failed), with everything that an attribute may add.
    #[inline]
    pub fn failed_call(&mut self, mut call: Call<'_>, failure: Failure<'_>) -> bool {
        self.advance(call.after(self.0, &failure))
    }

    #[inline]
    fn advance(&mut self, wait: Option<Duration>) -> bool {
        wait.map(|wait| self.0.advance(wait)).is_some()
    }

    /// Returns the wait before the current attempt.
    #[inline]
    pub(crate) fn delay(&self) -> Duration {
        self.0.previous.unwrap_or_default()
    }

    /// Begins the wait that the last failure requires.
    #[inline]
    pub fn wait(&self) -> Wait {
        let (delay, gives_way) = (self.delay(), self.gives_way());
        if delay.is_zero() && !gives_way { Wait::OVER } else { Wait::begun(delay, gives_way) }
    }

    /// Returns whether other tasks run before the current attempt, even if it has no wait or the
    /// wait is over when it begins.
    #[inline]
    fn gives_way(&self) -> bool {
        self.attempt() % ATTEMPTS_AT_ONCE == 1
    }

    /// Begins an attempt under its own timeout and the deadline of the sequence. If the deadline
    /// has passed since the last failure, no attempt is made or counted.
    #[inline]
    pub fn limited<'d, F>(
        &mut self,
        limit: Option<Duration>,
        total: Option<&'d Deadline>,
        attempt: F,
    ) -> Deadlined<'d, F> {
        let is_late = self.is_late(total);
        Deadlined::new(limit, total, (!is_late).then_some(attempt))
    }

    /// Returns whether the deadline has passed since the last failure. If so, the current attempt
    /// is no longer counted.
    #[inline]
    pub(crate) fn is_late(&mut self, total: Option<&Deadline>) -> bool {
        let Some(before) = NonZeroU32::new(self.attempt() - 1) else { return false };
        let is_late = total.is_some_and(Deadline::has_passed);
        if is_late {
            self.0.attempt = before;
        }
        is_late
    }
}

/// The number of attempts without a wait after which other tasks run.
const ATTEMPTS_AT_ONCE: u32 = 32;

/// Decides what follows a failed attempt of a call that has only a policy. Returns the wait before
/// the next attempt, if there is one. The [`Call`] is created here, because the caller would store
/// it in the user's future.
///
/// The sequence is passed in parts and by value. A pointer to it would force the user's whole
/// future into memory, even if the first attempt succeeds and the compiler could keep everything in
/// registers.
#[inline(never)]
fn after(
    attempt: NonZeroU32,
    previous: Option<Duration>,
    policy: &RetryConfig,
    operation: &str,
    failure: &Failure<'_>,
) -> Option<Duration> {
    Call::new(policy, operation).decide(Progress { attempt, previous }, failure)
}

/// The wait between two attempts. Without a pause it is over. The pause is boxed, because a timer
/// is larger than most users' futures.
#[must_use = "futures do nothing unless polled"]
pub struct Wait(Option<Pin<Box<Pause>>>);

pin_project! {
    #[project = PauseProjection]
    enum Pause {
        // With `gives_way`, other tasks run even if the time is up at the first poll.
        Timed { #[pin] sleep: Sleep, gives_way: bool },
        // Lasts until the next poll of the task. `asked` is set once the task has requested that
        // poll.
        Turn { asked: bool },
    }
}

impl Future for Pause {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if let PauseProjection::Timed { sleep, gives_way } = self.as_mut().project() {
            if sleep.poll(context).is_pending() {
                *gives_way = false;
                return Poll::Pending;
            }
            if !*gives_way {
                return Poll::Ready(());
            }
            self.set(Self::Turn { asked: false });
        }
        match self.project() {
            PauseProjection::Timed { .. } | PauseProjection::Turn { asked: true } => {
                Poll::Ready(())
            }
            PauseProjection::Turn { asked } => {
                *asked = true;
                context.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }
}

impl Wait {
    /// No wait, or a wait that is over.
    pub(crate) const OVER: Self = Self(None);

    /// Returns a wait that has begun. The arguments are passed by value, like those of [`after`].
    #[cold]
    #[inline(never)]
    fn begun(delay: Duration, gives_way: bool) -> Self {
        let pause = if !delay.is_zero() && !overrides::skips_waits() {
            Some(Pause::Timed { sleep: Sleep::until(clock::after(delay)), gives_way })
        } else {
            gives_way.then_some(Pause::Turn { asked: false })
        };
        Self(pause.map(Box::pin))
    }

    /// Begins the wait that a run stores, unless it has begun.
    #[inline]
    pub(crate) fn begin(&mut self, series: &Sequence) {
        if self.0.is_none() {
            *self = series.wait();
        }
    }

    /// Polls the wait that a run stores, until it is over.
    #[inline]
    pub(crate) fn poll_kept(&mut self, series: &Sequence, context: &mut Context<'_>) -> Poll<()> {
        self.begin(series);
        ready!(Pin::new(&mut *self).poll(context));
        *self = Self::OVER;
        Poll::Ready(())
    }

    #[inline]
    pub(crate) const fn is_over(&self) -> bool {
        self.0.is_none()
    }
}

/// The check is inline and the rest out of line, because a future that has not waited has nothing
/// to drop.
impl Drop for Wait {
    #[inline]
    fn drop(&mut self) {
        if let Some(pause) = self.0.take() {
            drop_pause(pause);
        }
    }
}

#[cold]
#[inline(never)]
fn drop_pause(pause: Pin<Box<Pause>>) {
    drop(pause);
}

impl Future for Wait {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().map_or(Poll::Ready(()), |pause| pause.as_mut().poll(context))
    }
}
