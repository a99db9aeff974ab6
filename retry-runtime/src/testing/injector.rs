//! Scripted failures.

use std::collections::VecDeque;
use std::fmt;
use std::future;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::lock;
use crate::clock::{self, Sleep};
use crate::random::Seeded;

/// Decides by a script whether each call fails. Clones share the script and the counts.
///
/// Call [`hit`](Self::hit) at the start of a function that is written for a test, or put the
/// injector into code under test with a [`FaultPoint`](super::FaultPoint).
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// use retry_utils::testing::{Injector, Testing};
/// use retry_utils::{FailureKind, STANDARD};
/// use std::io::{Error, ErrorKind};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let _fast = Testing::new().scope();
/// let upstream = Injector::fail_times(2, || Error::from(ErrorKind::TimedOut));
/// STANDARD.run(|| upstream.hit()).await?;
/// assert_eq!((upstream.hits(), upstream.failures()), (3, 2));
/// # Ok(())
/// # }
/// ```
pub struct Injector<E>(Arc<Mutex<Play<E>>>);

/// A script and its progress.
struct Play<E> {
    script: Script<E>,
    hits: u64,
    failures: u64,
}

enum Script<E> {
    /// A call fails if the first function returns `true`, with the error of the second.
    When(Box<dyn FnMut() -> bool + Send>, MakeError<E>),
    Steps(VecDeque<Step<E>>),
}

type MakeError<E> = Arc<dyn Fn() -> E + Send + Sync>;

/// One call of a [`schedule`](Injector::schedule).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step<E> {
    /// The call continues.
    Pass,
    /// The call fails with this error.
    Fail(E),
    /// The call continues after this wait, by tokio's clock.
    Delay(Duration),
    /// The call never ends: for tests of timeouts and of cancelled calls.
    Hang,
}

impl<E> Injector<E> {
    /// Fails this many calls, beginning with the first. All later calls continue.
    pub fn fail_times(times: u64, error: impl Fn() -> E + Send + Sync + 'static) -> Self {
        let mut failing = 0..times;
        Self::when(move || failing.next().is_some(), error)
    }

    /// Fails each call with the probability `rate`, a share from 0.0 to 1.0.
    ///
    /// The same seed fails the same calls, counted in their order.
    ///
    /// # Panics
    ///
    /// If `rate` is not from 0.0 to 1.0.
    #[track_caller]
    pub fn fail_rate(rate: f64, seed: u64, error: impl Fn() -> E + Send + Sync + 'static) -> Self {
        assert!(
            (0.0..=1.0).contains(&rate),
            "`fail_rate({rate}, …)`: the rate must be from 0.0 to 1.0"
        );
        let mut generator = Seeded::new(seed);
        Self::when(move || generator.unit() < rate, error)
    }

    /// Fails the calls between two times, like an outage. The start is included. Both times are
    /// counted from the first call, by tokio's clock.
    pub fn fail_between(
        times: Range<Duration>,
        error: impl Fn() -> E + Send + Sync + 'static,
    ) -> Self {
        let mut began = None;
        let fails = move || {
            let now = clock::now();
            times.contains(&now.saturating_duration_since(*began.get_or_insert(now)))
        };
        Self::when(fails, error)
    }

    /// Takes one step per call, in this order. Calls after the last step continue.
    pub fn schedule(steps: impl IntoIterator<Item = Step<E>>) -> Self {
        Self::new(Script::Steps(steps.into_iter().collect()))
    }

    fn when(
        fails: impl FnMut() -> bool + Send + 'static,
        error: impl Fn() -> E + Send + Sync + 'static,
    ) -> Self {
        Self::new(Script::When(Box::new(fails), Arc::new(error)))
    }

    fn new(script: Script<E>) -> Self {
        Self(Arc::new(Mutex::new(Play { script, hits: 0, failures: 0 })))
    }

    /// Makes one call. The call counts when it is awaited, and ends as scripted.
    ///
    /// # Errors
    ///
    /// The error of the script, if this call fails.
    pub async fn hit(&self) -> Result<(), E> {
        let next = lock(&self.0).next();
        // The error is created without the lock, because that is user code, which may use this
        // injector.
        match next.unwrap_or_else(|error| Step::Fail(error())) {
            Step::Pass => Ok(()),
            Step::Fail(error) => Err(error),
            Step::Delay(delay) => {
                Sleep::until(clock::after(delay)).await;
                Ok(())
            }
            Step::Hang => future::pending().await,
        }
    }

    /// Returns the number of calls so far.
    #[must_use]
    pub fn hits(&self) -> u64 {
        lock(&self.0).hits
    }

    /// Returns the number of calls that the script failed.
    #[must_use]
    pub fn failures(&self) -> u64 {
        lock(&self.0).failures
    }
}

impl<E> Play<E> {
    /// Returns the next call's step, or the function that creates its error.
    fn next(&mut self) -> Result<Step<E>, MakeError<E>> {
        self.hits += 1;
        let next = match &mut self.script {
            Script::When(fails, error) => {
                if fails() {
                    Err(Arc::clone(error))
                } else {
                    Ok(Step::Pass)
                }
            }
            Script::Steps(steps) => Ok(steps.pop_front().unwrap_or(Step::Pass)),
        };
        self.failures += u64::from(matches!(next, Err(_) | Ok(Step::Fail(_))));
        next
    }
}

impl<E> Clone for Injector<E> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<E> fmt::Debug for Injector<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Play { hits, failures, .. } = *lock(&self.0);
        f.debug_struct("Injector").field("hits", &hits).field("failures", &failures).finish()
    }
}
