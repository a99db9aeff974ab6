//! What permits learn about the `attempt_timeout` around them.

use std::cell::Cell;
use std::time::Duration;

#[cfg(any(feature = "tokio", feature = "smol"))]
mod countdown;

#[cfg(any(feature = "tokio", feature = "smol"))]
pub(crate) use countdown::{Countdown, Deadlined};

thread_local! {
    static TIMED: Cell<bool> = const { Cell::new(false) };
    static EXPIRED: Cell<Option<Duration>> = const { Cell::new(None) };
}

/// Returns whether the calling code runs inside an attempt that has an `attempt_timeout`.
///
/// A permit that is acquired there notes the time, since it may have to tell how long it was held.
#[inline]
pub(crate) fn attempt_is_timed() -> bool {
    TIMED.get()
}

/// Returns the `attempt_timeout` that is dropping an attempt right now, on this thread.
///
/// A permit dropped without an outcome says nothing about the dependency, unless the attempt it was
/// for has just been given up. The permit cannot see who drops it. Drops run on the thread and
/// inside the call that causes them, so this value can tell.
pub(crate) fn expired_attempt() -> Option<Duration> {
    EXPIRED.get()
}

/// Polls an attempt with [`attempt_is_timed`] as given.
#[cfg(any(feature = "tokio", feature = "smol"))]
pub(crate) fn poll_attempt<R>(timed: bool, poll: impl FnOnce() -> R) -> R {
    let _restore = timed.then(|| Restore(&TIMED, TIMED.replace(true)));
    poll()
}

/// Drops an attempt whose time is up, with [`expired_attempt`] set, also if the drop panics.
///
/// `limit` is the `attempt_timeout`; `None` if it was `total_timeout` that ran out, which drops an
/// attempt like any other code.
#[cfg(any(feature = "tokio", feature = "smol"))]
pub(crate) fn drop_expired(limit: Option<Duration>, drop: impl FnOnce()) {
    let _restore = limit.map(|limit| Restore(&EXPIRED, EXPIRED.replace(Some(limit))));
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
