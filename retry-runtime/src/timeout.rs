//! What permits learn about the `attempt_timeout` around them.

use std::cell::Cell;
use std::time::Duration;

#[cfg(any(feature = "tokio", feature = "smol"))]
mod countdown;

#[cfg(any(feature = "tokio", feature = "smol"))]
pub(crate) use countdown::{Countdown, Deadlined};

thread_local! {
    static TIMED: Cell<bool> = const { Cell::new(false) };
    static EXPIRED: Cell<Option<TimedAttempt>> = const { Cell::new(None) };
}

/// An attempt with an `attempt_timeout`.
#[derive(Clone, Copy)]
pub(crate) struct TimedAttempt {
    /// On the scale of [`clock::nanos`](crate::clock::nanos).
    pub(crate) began: u64,
    pub(crate) limit: Duration,
}

/// Returns whether the calling code runs inside an attempt that has an `attempt_timeout`.
///
/// A permit that is acquired there notes the time, since it may have to tell how long it was held.
#[inline]
pub(crate) fn attempt_is_timed() -> bool {
    TIMED.get()
}

/// Returns the attempt that its `attempt_timeout` is dropping right now, on this thread.
///
/// A permit dropped without an outcome says nothing about the dependency, unless the attempt it was
/// for has just been given up. The permit cannot see who drops it. Drops run on the thread and
/// inside the call that causes them, so this value can tell.
pub(crate) fn expired_attempt() -> Option<TimedAttempt> {
    EXPIRED.get()
}

/// Runs a part of an attempt with [`attempt_is_timed`] as given.
#[cfg(any(feature = "tokio", feature = "smol"))]
pub(crate) fn within_attempt<R>(timed: bool, part: impl FnOnce() -> R) -> R {
    if !timed {
        return part();
    }
    let _restore = Restore(&TIMED, TIMED.replace(true));
    part()
}

/// Drops an attempt whose time is up, with [`expired_attempt`] set, also if the drop panics.
///
/// `attempt` is `None` if it was `total_timeout` that ran out, which drops an attempt like any other
/// code.
#[cfg(any(feature = "tokio", feature = "smol"))]
pub(crate) fn drop_expired(attempt: Option<TimedAttempt>, drop: impl FnOnce()) {
    let _restore = attempt.map(|attempt| Restore(&EXPIRED, EXPIRED.replace(Some(attempt))));
    drop();
}

/// Puts the former value of a thread-local back.
#[cfg(any(feature = "tokio", feature = "smol"))]
struct Restore<T: Copy + 'static>(&'static std::thread::LocalKey<Cell<T>>, T);

#[cfg(any(feature = "tokio", feature = "smol"))]
impl<T: Copy + 'static> Drop for Restore<T> {
    fn drop(&mut self) {
        self.0.set(self.1);
    }
}
