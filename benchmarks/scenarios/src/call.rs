//! The protected calls. They do little work, so the measurement shows the protection. `black_box`
//! keeps the compiler from doing that work in advance.
//!
//! A user's own async function calls [`upstream!`](crate::upstream): it has a borrowed argument and
//! an await that might suspend. A bare contestant calls [`value`]: its result is ready.

use std::future::poll_fn;
use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;

use crate::tally;

/// The answer of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The number of tokens that the upstream generated.
    pub tokens: u64,
}

/// The error of a protected call. Each crate defines its own error and implements the traits of its
/// libraries for it. The calls are generic over it and otherwise the same code for all.
pub trait Failure {
    /// Returns the error of an upstream that did not answer.
    fn timed_out() -> Self;
}

/// Defines the error of a user without retry-utils. Its variants correspond to those of the error
/// in `own`. `Open` is the rejection of a breaker.
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
/// An atomic, because a `static` holds it. Relaxed loads and stores cost as much as those of a
/// `Cell`.
#[derive(Debug, Default)]
pub struct Flaky(AtomicU32);

impl Flaky {
    /// Creates a state without failures.
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

/// Defines a module `upstream` with async functions that borrow an argument, like those of a client
/// of an HTTP API.
///
/// Each awaits a future that is ready immediately. The compiler does not know that, so every future
/// around it needs a state in which it is suspended.
///
/// Each contestant defines a separate module. The number of callers of a function decides whether
/// the compiler inlines it, and functions shared by all contestants would have too many.
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

            /// Succeeds. It would fail if the prompt were empty, which it never is.
            pub(super) async fn answers<E: Failure>(prompt: &str) -> Result<Answer, E> {
                let tokens = tokens(prompt).await;
                if tokens == 0 { Err(E::timed_out()) } else { Ok(Answer { tokens }) }
            }

            /// Fails. It would succeed if the prompt were empty, which it never is.
            pub(super) async fn fails<E: Failure>(prompt: &str) -> Result<Answer, E> {
                let tokens = tokens(prompt).await;
                if tokens == 0 { Ok(Answer { tokens }) } else { Err(E::timed_out()) }
            }

            /// Fails twice, then succeeds, and repeats.
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

/// Returns a future that is ready immediately. The compiler does not know that.
#[inline]
pub fn ready() -> impl Future<Output = ()> {
    poll_fn(|_| if black_box(true) { Poll::Ready(()) } else { Poll::Pending })
}

/// Returns the length of a prompt. The compiler does not know it.
#[inline]
#[must_use]
pub fn length(prompt: &str) -> u64 {
    tally::called();
    black_box(prompt).len() as u64
}

/// Functions whose result is ready when they return.
pub mod value {
    use super::{Answer, Failure, Flaky, black_box, tally};

    /// Succeeds. The compiler does not know that.
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

    /// Fails. The compiler does not know that.
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

    /// Fails twice, then succeeds, and repeats.
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
