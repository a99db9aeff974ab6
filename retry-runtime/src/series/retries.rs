//! The decisions of a retry sequence, without a loop.

use std::borrow::Cow;
use std::fmt::Display;
use std::time::Duration;

use super::Call;
use crate::budget::RetryBudget;
use crate::config::RetryConfig;
use crate::failure::{FailureKind, RetryHint, Retryable};
use crate::name::Name;
use crate::session::{Failure, Progress};
use crate::timeout::Deadline;

impl RetryConfig {
    /// Begins a retry sequence in which the caller makes the attempts and the waits.
    ///
    /// Events show the sequence under the name `operation`. An override in
    /// [`registry::configure`](crate::registry::configure) applies to it by the same name. See
    /// [`Retries`] for an example.
    pub fn retries(&self, operation: impl Into<Cow<'static, str>>) -> Retries {
        Retries {
            policy: self.clone(),
            operation: operation.into().into(),
            deadline: None,
            progress: super::begin(self.budget),
            is_over: false,
        }
    }
}

/// The decisions of one retry sequence, for code that makes attempts and waits itself.
///
/// `#[async_retry]` and [`RetryConfig::run`] call the same function again. Some code must do
/// something else after a failure: resume a download where it broke off, schedule the next attempt
/// in a job queue, or implement `tower::retry::Policy`. Such code calls [`next`](Self::next) after
/// each failure. `next` applies the whole policy and returns the wait, or `None` if the sequence is
/// over. It never waits itself. Decisions, budgets, events and run-time settings are the same as
/// for an annotated function.
///
/// Created by [`RetryConfig::retries`]. It owns a copy of the policy, so it can be stored and sent
/// to other threads. A clone continues independently from the current state: neither counts the
/// attempts of the other.
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// use retry_utils::{RetryBudget, STANDARD};
/// use std::io;
/// use std::time::Duration;
/// # use tokio::time::sleep;
///
/// static STORAGE: RetryBudget = RetryBudget::new();
///
/// /// Reads a file in parts. After a failure, it continues behind the parts it already has.
/// async fn download(
///     mut read: impl AsyncFnMut(usize) -> io::Result<Vec<u8>>,
/// ) -> io::Result<Vec<u8>> {
///     let mut file = Vec::new();
///     let mut retries =
///         STANDARD.retries("download").budget(&STORAGE).total_timeout(Duration::from_secs(60));
///     loop {
///         match read(file.len()).await {
///             Ok(part) if part.is_empty() => return Ok(file),
///             Ok(part) => file.extend(part),
///             Err(error) => match retries.next(&error) {
///                 Some(wait) => sleep(wait).await,
///                 None => return Err(error),
///             },
///         }
///     }
/// }
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// # tokio::time::pause();
/// # let mut broken = true;
/// # let file = download(async |at| {
/// #     if at == 2 && std::mem::take(&mut broken) {
/// #         return Err(io::ErrorKind::ConnectionReset.into());
/// #     }
/// #     Ok(b"four".iter().skip(at).take(2).copied().collect())
/// # });
/// # assert_eq!(file.await.unwrap(), b"four");
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "it is asked by `next` after each failure"]
pub struct Retries {
    policy: RetryConfig,
    operation: Name,
    deadline: Option<Deadline>,
    progress: Progress,
    is_over: bool,
}

impl Retries {
    /// Ends the sequence after `limit`, which starts now. [`next`](Self::next) returns no wait that
    /// would end later. Default: none.
    pub fn total_timeout(mut self, limit: Duration) -> Self {
        self.deadline = Deadline::within(Some(limit));
        self
    }

    /// Takes tokens for retries from this budget instead of the policy's. Default: the budget of
    /// the policy, if any.
    ///
    /// This call makes the deposit of the sequence. If the policy has a budget too, the deposit
    /// that [`RetryConfig::retries`] made there stays.
    pub fn budget(mut self, budget: &'static RetryBudget) -> Self {
        budget.deposit();
        self.policy.budget = Some(budget);
        self
    }

    /// Decides what follows a failed attempt. Returns the wait before the next attempt, or `None`
    /// if no attempt follows.
    ///
    /// After `None` the sequence is over. Further calls return `None` for all errors and emit no
    /// events. Test code that skips waits (feature `testing`) does not shorten the returned wait.
    pub fn next<E: Retryable + Display + ?Sized>(&mut self, error: &E) -> Option<Duration> {
        self.after(&Failure::of(&error))
    }

    /// Like [`next`](Self::next), for a failure that is not an error, such as the status of a
    /// response. The arguments are its kind and its hint: a [`RetryHint`], or the wait that the
    /// server asked for, as an `Option<Duration>`.
    pub fn next_failure(
        &mut self,
        kind: FailureKind,
        hint: impl Into<RetryHint>,
    ) -> Option<Duration> {
        self.after(&Failure::of_kind(kind, hint.into(), None))
    }

    /// Returns the number of the current attempt, from 1. Once the sequence is over, this is the
    /// number of attempts made.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.progress.attempt()
    }

    /// Returns whether the sequence is over: no further attempt follows.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.is_over
    }

    fn after(&mut self, failure: &Failure<'_>) -> Option<Duration> {
        if self.is_over {
            return None;
        }
        let call = Call::new(&self.policy, self.operation.as_str());
        let wait = call.before(self.deadline.as_ref()).after(self.progress, failure);
        match wait {
            Some(wait) => self.progress.advance(wait),
            None => self.is_over = true,
        }
        wait
    }
}
