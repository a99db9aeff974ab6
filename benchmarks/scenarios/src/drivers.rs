//! The loops that make the calls.
//!
//! Each driver has two loops. [`noop`] and [`tokio`] call a user's async function. Each awaits it
//! in a separate async function, so the function has two callers and is inlined less easily.
//! [`noop_bare`] and [`tokio_bare`] make bare calls in the loop itself.
//!
//! Each returns the time of the loop.

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

use crate::call::Answer;
use crate::tally;

/// The way in which the future of a call is polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driver {
    /// Polls each future once, with a waker that does nothing and without a runtime.
    Noop,
    /// Awaits one call after another on tokio's runtime with one thread.
    Tokio,
}

impl Driver {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Noop, Self::Tokio];

    /// Returns the name on the command line and in tables.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Noop => "noop",
            Self::Tokio => "tokio",
        }
    }
}

/// The argument of the user's function.
const PROMPT: &str = "Why is the sky blue?";

/// Calls a user's function under [`Driver::Noop`].
///
/// # Panics
///
/// Panics if a call is not ready immediately.
#[inline(always)]
#[allow(clippy::inline_always, reason = "only its caller is measured")]
pub fn noop<E>(
    calls: u64,
    ask: impl AsyncFn(&'static str) -> Result<Answer, E> + Copy,
) -> Duration {
    async fn caller<E>(
        ask: impl AsyncFn(&'static str) -> Result<Answer, E>,
        prompt: &'static str,
    ) -> Result<Answer, E> {
        ask(prompt).await
    }
    let mut context = Context::from_waker(Waker::noop());
    let prompt = black_box(PROMPT);
    tally::began();
    let began = Instant::now();
    for number in 0..calls {
        black_box(number);
        let future = pin!(caller(ask, prompt));
        match future.poll(&mut context) {
            Poll::Ready(outcome) => {
                tally::ended(&outcome);
                black_box(outcome.map_or(0, |answer| answer.tokens));
            }
            Poll::Pending => panic!("a call waits, which needs the driver `tokio`"),
        }
    }
    began.elapsed()
}

/// Calls a user's function under [`Driver::Tokio`].
#[inline(always)]
#[allow(clippy::inline_always, reason = "only its caller is measured")]
pub fn tokio<E>(
    runtime: &Runtime,
    calls: u64,
    ask: impl AsyncFn(&'static str) -> Result<Answer, E> + Copy,
) -> Duration {
    async fn caller<E>(
        ask: impl AsyncFn(&'static str) -> Result<Answer, E>,
        prompt: &'static str,
    ) -> Result<Answer, E> {
        ask(prompt).await
    }
    runtime.block_on(async {
        let prompt = black_box(PROMPT);
        let began = began();
        for number in 0..calls {
            black_box(number);
            let outcome = caller(ask, prompt).await;
            tally::ended(&outcome);
            black_box(outcome.map_or(0, |answer| answer.tokens));
        }
        elapsed(began)
    })
}

/// Makes bare calls under [`Driver::Noop`].
///
/// # Panics
///
/// Panics if a call is not ready immediately.
#[inline(always)]
#[allow(clippy::inline_always, reason = "only its caller is measured")]
pub fn noop_bare<T, E>(calls: u64, mut call: impl AsyncFnMut(u64) -> Result<T, E>) -> Duration {
    let mut context = Context::from_waker(Waker::noop());
    tally::began();
    let began = Instant::now();
    for number in 0..calls {
        let future = pin!(call(black_box(number)));
        match future.poll(&mut context) {
            Poll::Ready(outcome) => {
                tally::ended(&outcome);
                black_box(outcome.is_ok());
            }
            Poll::Pending => panic!("a call waits, which needs the driver `tokio`"),
        }
    }
    began.elapsed()
}

/// Makes bare calls under [`Driver::Tokio`].
#[inline(always)]
#[allow(clippy::inline_always, reason = "only its caller is measured")]
pub fn tokio_bare<T, E>(
    runtime: &Runtime,
    calls: u64,
    mut call: impl AsyncFnMut(u64) -> Result<T, E>,
) -> Duration {
    runtime.block_on(async {
        let began = began();
        for number in 0..calls {
            let outcome = call(black_box(number)).await;
            tally::ended(&outcome);
            black_box(outcome.is_ok());
        }
        elapsed(began)
    })
}

/// The time by the system's clock, and by the runtime's.
type Began = (Instant, tokio::time::Instant);

fn began() -> Began {
    tally::began();
    (Instant::now(), tokio::time::Instant::now())
}

/// The two differ in tests, where only waits move the runtime's clock.
fn elapsed((system, runtime): Began) -> Duration {
    system.elapsed().max(runtime.elapsed())
}

/// Builds a runtime with one thread and timers. In tests its clock is paused.
///
/// # Panics
///
/// Panics if the runtime cannot be built.
#[must_use]
pub fn runtime() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.enable_time();
    #[cfg(feature = "counted")]
    builder.start_paused(true);
    builder.build().expect("tokio builds a runtime of one thread")
}

/// Returns the outcome of a call that is ready immediately, outside a driver.
///
/// # Panics
///
/// Panics if the call is not ready.
#[inline]
pub fn once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("a call waits, which needs the driver `tokio`"),
    }
}
