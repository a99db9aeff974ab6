//! Deadlines, and the `attempt_timeout` around a permit.

use std::cell::Cell;
use std::time::Duration;

use crate::clock::{self, Instant};
use crate::failure::TimedOut;

#[cfg(any(feature = "tokio", feature = "smol"))]
mod countdown;

#[cfg(any(feature = "tokio", feature = "smol"))]
pub(crate) use countdown::{Countdown, Deadlined, Started, poll_timeout};

/// The instant at which a sequence or an attempt must end, and the timeout that ends it.
#[derive(Debug, Clone)]
pub struct Deadline {
    at: Instant,
    timed_out: TimedOut,
}

impl Deadline {
    fn new(began: Instant, timed_out: TimedOut) -> Self {
        Self { at: clock::later(began, timed_out.limit()), timed_out }
    }

    /// Returns the deadline of a sequence that begins now, if it has a `total_timeout`.
    #[must_use]
    pub fn within(total: Option<Duration>) -> Option<Self> {
        total.map(|limit| Self::new(clock::now(), TimedOut::total(limit)))
    }

    pub(crate) fn left(&self) -> Duration {
        self.at.saturating_duration_since(clock::now())
    }

    /// Returns whether the deadline has passed. An attempt that begins exactly at the deadline is
    /// in time, because a wait may end then.
    pub(crate) fn has_passed(&self) -> bool {
        self.at < clock::now()
    }

    #[cfg(any(feature = "tokio", feature = "smol"))]
    pub(crate) fn timed_out(&self) -> TimedOut {
        self.timed_out.clone()
    }
}

thread_local! {
    static TIMED: Cell<bool> = const { Cell::new(false) };
    static EXPIRED: Cell<Option<TimedAttempt>> = const { Cell::new(None) };
}

/// An attempt with an `attempt_timeout`.
#[derive(Clone, Copy)]
pub(crate) struct TimedAttempt {
    /// On the scale of [`clock::nanos`].
    pub(crate) began: u64,
    pub(crate) limit: Duration,
}

/// Returns whether the calling code runs inside an attempt that has an `attempt_timeout`.
///
/// A permit that is acquired there records the time, because its outcome may depend on how long it
/// was held.
#[inline]
pub(crate) fn attempt_is_timed() -> bool {
    TIMED.get()
}

/// Returns the attempt that its `attempt_timeout` is dropping right now, on this thread.
///
/// A permit that is dropped without an outcome is no evidence about the dependency, unless a
/// timeout has just ended its attempt. The permit cannot see what drops it. However, drops run on
/// the thread and inside the call that cause them, so this value identifies the cause.
pub(crate) fn expired_attempt() -> Option<TimedAttempt> {
    EXPIRED.get()
}

/// Runs a part of an attempt, with [`attempt_is_timed`] set if `timed`.
pub(crate) fn within_attempt<R>(timed: bool, part: impl FnOnce() -> R) -> R {
    let _restore = timed.then(|| Restore(&TIMED, TIMED.replace(true)));
    part()
}

/// Drops an attempt whose time is up, with [`expired_attempt`] set even if the drop panics.
///
/// `attempt` is `None` if `total_timeout` has expired, which drops an attempt like any other code.
pub(crate) fn drop_expired(attempt: Option<TimedAttempt>, drop: impl FnOnce()) {
    let _restore = attempt.map(|attempt| Restore(&EXPIRED, EXPIRED.replace(Some(attempt))));
    drop();
}

/// Restores the previous value of a thread-local.
struct Restore<T: Copy + 'static>(&'static std::thread::LocalKey<Cell<T>>, T);

impl<T: Copy + 'static> Drop for Restore<T> {
    fn drop(&mut self) {
        self.0.set(self.1);
    }
}
