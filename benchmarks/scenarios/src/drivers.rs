//! The loops that make the calls.
//!
//! Both are inlined into each contestant's `run`, and so is the call: a function that is called from one place is.
//! Each returns what the loop took, so that setting up a contestant is no part of its time.

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

use crate::tally;

/// Who polls the future of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driver {
    /// Polls each future once where it stands, with a waker that does nothing: no runtime is there.
    Noop,
    /// Awaits one call after the other on tokio's runtime of one thread.
    Tokio,
}

impl Driver {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Noop, Self::Tokio];

    /// What it is called on the command line.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Noop => "noop",
            Self::Tokio => "tokio",
        }
    }
}

/// [`Driver::Noop`].
///
/// # Panics
///
/// If a call is not ready at once.
#[inline(always)]
#[allow(clippy::inline_always, reason = "the caller is the whole of what is measured")]
pub fn noop<T, E>(calls: u64, mut call: impl AsyncFnMut(u64) -> Result<T, E>) -> Duration {
    let mut context = Context::from_waker(Waker::noop());
    tally::began();
    let began = Instant::now();
    for number in 0..calls {
        let future = pin!(call(black_box(number)));
        match future.poll(&mut context) {
            Poll::Ready(outcome) => {
                tally::ended(&outcome);
                black_box(outcome).ok();
            }
            Poll::Pending => panic!("a call waits, which needs the driver `tokio`"),
        }
    }
    began.elapsed()
}

/// [`Driver::Tokio`].
#[inline(always)]
#[allow(clippy::inline_always, reason = "the caller is the whole of what is measured")]
pub fn tokio<T, E>(
    runtime: &Runtime,
    calls: u64,
    mut call: impl AsyncFnMut(u64) -> Result<T, E>,
) -> Duration {
    runtime.block_on(async {
        tally::began();
        let (began, began_here) = (Instant::now(), tokio::time::Instant::now());
        for number in 0..calls {
            let outcome = call(black_box(number)).await;
            tally::ended(&outcome);
            black_box(outcome).ok();
        }
        // The same, but for a clock that stands still.
        began.elapsed().max(began_here.elapsed())
    })
}

/// A runtime of one thread, with timers; no test waits in real time.
///
/// # Panics
///
/// If the system refuses what it needs.
#[must_use]
pub fn runtime() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.enable_time();
    #[cfg(feature = "counted")]
    builder.start_paused(true);
    builder.build().expect("tokio builds a runtime of one thread")
}

/// The outcome of a call that is ready at once: where no driver makes the calls.
///
/// # Panics
///
/// If it is not.
#[inline]
pub fn once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("a call waits, and no driver is there"),
    }
}
