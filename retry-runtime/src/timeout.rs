//! What it means to a permit inside an attempt that the attempt is dropped when its time is up.

use std::cell::Cell;
#[cfg(any(feature = "tokio", feature = "smol"))]
mod countdown;

#[cfg(any(feature = "tokio", feature = "smol"))]
pub(crate) use countdown::{Countdown, Deadlined};

thread_local! {
    static DROPPING: Cell<bool> = const { Cell::new(false) };
}

/// Whether the code that asks runs because `attempt_timeout` is dropping an attempt right now.
///
/// A permit dropped without a verdict says nothing about the dependency, unless the attempt it was for
/// has just been given up as hanging. The permit cannot see who drops it; drops run on the thread and
/// inside the call that causes them, so this flag can tell.
pub(crate) fn dropping_attempt() -> bool {
    DROPPING.get()
}

#[cfg(any(feature = "tokio", feature = "smol"))]
/// Runs `drop`, which drops an attempt whose time is up: for its own timeout with [`dropping_attempt`] true, also
/// where it panics; for the `total` one as any other drop.
pub(crate) fn drop_timed_out(total: bool, drop: impl FnOnce()) {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            DROPPING.set(self.0);
        }
    }
    let _restore = (!total).then(|| Restore(DROPPING.replace(true)));
    drop();
}
