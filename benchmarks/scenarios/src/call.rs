//! The calls that are protected. They do as little work as the compiler can be kept from doing
//! beforehand, so that what is measured is the protection.
//!
//! [`upstream!`](crate::upstream) is for a user's own async function: a borrowed argument, and an
//! await that might suspend. [`value`] is for what is called in place: a result that is ready.

use std::future::poll_fn;
use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;

use crate::tally;

/// What a call returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// How many tokens the upstream generated.
    pub tokens: u64,
}

/// The error of a protected call. Each crate has its own, because the traits that it needs are
/// foreign here. The calls are generic in it and otherwise the same code for all.
pub trait Failure {
    /// The upstream did not answer.
    fn timed_out() -> Self;
}

/// Defines the error of a user without retry-utils, with the variants that the error of the
/// project's README has. `Open` takes the rejection of a breaker.
///
/// The crate that uses it depends on `thiserror`.
#[macro_export]
macro_rules! llm_error {
    () => {
        /// The error of a protected call.
        #[derive(Clone, Debug, ::thiserror::Error)]
        pub enum LlmError {
            /// The upstream did not answer.
            #[error("timed out")]
            Timeout,
            /// The upstream refused the prompt.
            #[error("bad prompt: {0}")]
            BadPrompt(String),
            /// The breaker rejected the call.
            #[error("the circuit is open")]
            Open,
        }

        impl $crate::Failure for LlmError {
            #[inline]
            fn timed_out() -> Self {
                Self::Timeout
            }
        }
    };
}

/// The state of a call that fails twice: how often it failed since it last succeeded.
///
/// Relaxed loads and stores cost what those of a `Cell` cost, and it may stand in a `static`.
#[derive(Debug, Default)]
pub struct Flaky(AtomicU32);

impl Flaky {
    /// Has not failed yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// Returns whether the next call fails.
    #[inline]
    pub fn fails(&self) -> bool {
        let failures = self.0.load(Ordering::Relaxed);
        let fails = failures < 2;
        self.0.store(if fails { failures + 1 } else { 0 }, Ordering::Relaxed);
        fails
    }
}

/// Defines the module `upstream` where it stands: async functions with a borrowed argument, as a
/// client of an HTTP API has.
///
/// Each awaits what is ready at once. The compiler cannot know: the state of every future around it
/// has to be one that can be suspended.
///
/// Each contestant has its own, as each program has. If all called the same function, the compiler
/// would make it part of its callers or not by how many of them there are.
#[macro_export]
macro_rules! upstream {
    () => {
        /// Calls to an upstream.
        #[allow(dead_code, reason = "a contestant makes only one of these calls")]
        mod upstream {
            use $crate::{Answer, Failure, Flaky};

            async fn connect() {
                $crate::call::ready().await;
            }

            async fn tokens(prompt: &str) -> u64 {
                connect().await;
                $crate::call::length(prompt)
            }

            /// Succeeds, unless the prompt is empty, which it never is.
            pub(super) async fn answers<E: Failure>(prompt: &str) -> Result<Answer, E> {
                let tokens = tokens(prompt).await;
                if tokens == 0 { Err(E::timed_out()) } else { Ok(Answer { tokens }) }
            }

            /// Fails, unless the prompt is empty, which it never is.
            pub(super) async fn fails<E: Failure>(prompt: &str) -> Result<Answer, E> {
                let tokens = tokens(prompt).await;
                if tokens == 0 { Ok(Answer { tokens }) } else { Err(E::timed_out()) }
            }

            /// Fails twice, then succeeds, over and over.
            pub(super) async fn fails_twice<E: Failure>(
                state: &Flaky,
                prompt: &str,
            ) -> Result<Answer, E> {
                let tokens = tokens(prompt).await;
                if state.fails() { Err(E::timed_out()) } else { Ok(Answer { tokens }) }
            }
        }
    };
}

/// Returns a future that is ready at once, which the compiler cannot know.
#[inline]
pub fn ready() -> impl Future<Output = ()> {
    poll_fn(|_| if black_box(true) { Poll::Ready(()) } else { Poll::Pending })
}

/// Returns how long a prompt is, which the compiler cannot know.
#[inline]
#[must_use]
pub fn length(prompt: &str) -> u64 {
    tally::called();
    black_box(prompt).len() as u64
}

/// Functions whose result is ready when they return.
pub mod value {
    use super::{Answer, Failure, Flaky, black_box, tally};

    /// Succeeds, which the compiler cannot know.
    ///
    /// # Errors
    ///
    /// Never.
    #[inline]
    pub fn answers<E: Failure>() -> Result<Answer, E> {
        tally::called();
        let tokens = black_box(7);
        if tokens == 0 { Err(E::timed_out()) } else { Ok(Answer { tokens }) }
    }

    /// Fails, which the compiler cannot know.
    ///
    /// # Errors
    ///
    /// Always.
    #[inline]
    pub fn fails<E: Failure>() -> Result<Answer, E> {
        tally::called();
        let tokens = black_box(0);
        if tokens == 0 { Err(E::timed_out()) } else { Ok(Answer { tokens }) }
    }

    /// Fails twice, then succeeds, over and over.
    ///
    /// # Errors
    ///
    /// Two times out of three.
    #[inline]
    pub fn fails_twice<E: Failure>(state: &Flaky) -> Result<Answer, E> {
        tally::called();
        if state.fails() { Err(E::timed_out()) } else { Ok(Answer { tokens: 7 }) }
    }
}
