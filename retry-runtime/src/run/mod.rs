//! The same retries for code that has no function to annotate: what [`RetryConfig::run`] gives.

mod choices;
mod future;

use std::future::{Future, IntoFuture};
use std::time::Duration;

pub use choices::{AnyValue, ByKind, Given, Hint, Hook, Judge, NoHook, OwnHint, Satisfies};
pub use future::RunFuture;

use crate::config::RetryConfig;
use crate::failure::TimedOut;
use crate::observe::Event;

impl RetryConfig {
    /// Runs an async closure under this policy: `POLICY.run(|| async { … }).await`.
    ///
    /// It does what `#[async_retry(POLICY)]` does, and the builder's methods are that attribute's keys.
    /// The closure is called once per attempt.
    ///
    /// ```
    /// use retry_runtime::{STANDARD, TimedOut};
    /// use std::time::Duration;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), std::io::Error> {
    /// # async fn fetch() -> Result<u32, std::io::Error> { Ok(7) }
    /// let answer = STANDARD
    ///     .run(|| async { fetch().await })
    ///     .name("fetch")
    ///     .on_retry(|event| eprintln!("{event:?}"))
    ///     .await?;
    /// # assert_eq!(answer, 7); Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// The last attempt's error, unchanged.
    pub fn run<F, Fut, T, E>(&self, operation: F) -> Run<'_, F, E>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        Run {
            policy: self,
            operation,
            name: std::any::type_name::<F>(),
            timeouts: Timeouts { attempt: None, total: None, error: None },
            judge: ByKind,
            hint: OwnHint,
            value: AnyValue,
            hook: NoHook,
        }
    }
}

/// A series that has not begun: set it up, then `.await` it. From [`RetryConfig::run`].
///
/// The parameters after `E` are what the methods below set; they have no other use.
#[must_use = "nothing runs until it is awaited"]
pub struct Run<'p, F, E, J = ByKind, H = OwnHint, V = AnyValue, O = NoHook> {
    policy: &'p RetryConfig,
    operation: F,
    name: &'p str,
    timeouts: Timeouts<E>,
    judge: J,
    hint: H,
    value: V,
    hook: O,
}

/// The timeouts, and how one becomes the caller's error.
struct Timeouts<E> {
    attempt: Option<Duration>,
    total: Option<Duration>,
    // Known only where a timeout was asked for, which is what asks for `From<TimedOut>`.
    error: Option<fn(TimedOut) -> E>,
}

impl<'p, F, E, J, H, V, O> Run<'p, F, E, J, H, V, O> {
    /// The name that events carry. Default: the closure's type name, which holds its module path.
    pub fn name(mut self, name: &'p str) -> Self {
        self.name = name;
        self
    }

    /// Drops an attempt that takes longer. It counts as [`FailureKind::Timeout`](crate::FailureKind::Timeout), whatever the error
    /// type says of itself. Default: none.
    pub fn attempt_timeout(mut self, limit: Duration) -> Self
    where
        E: From<TimedOut>,
    {
        self.timeouts.attempt = Some(limit);
        self.timeouts.error = Some(E::from);
        self
    }

    /// Ends the series when all attempts and waits together take longer: no wait is begun that would
    /// end later, and an attempt in flight is dropped. Default: none.
    pub fn total_timeout(mut self, limit: Duration) -> Self
    where
        E: From<TimedOut>,
    {
        self.timeouts.total = Some(limit);
        self.timeouts.error = Some(E::from);
        self
    }

    /// Decides by a predicate instead of the error's classification.
    ///
    /// It is asked about every error, [`CircuitOpen`](crate::CircuitOpen) too; only an attempt that
    /// `attempt_timeout` dropped is left to the policy's `retry_on`.
    pub fn retry_if<P: FnMut(&E) -> bool>(self, retry_if: P) -> Run<'p, F, E, Given<P>, H, V, O> {
        let Self { policy, operation, name, timeouts, hint, value, hook, .. } = self;
        Run { policy, operation, name, timeouts, judge: Given(retry_if), hint, value, hook }
    }

    /// Takes the hint from the error by a function instead of [`Retryable::retry_after`].
    ///
    /// [`Retryable::retry_after`]: crate::Retryable::retry_after
    pub fn retry_after<P: FnMut(&E) -> Option<Duration>>(
        self,
        retry_after: P,
    ) -> Run<'p, F, E, J, Given<P>, V, O> {
        let Self { policy, operation, name, timeouts, judge, value, hook, .. } = self;
        Run { policy, operation, name, timeouts, judge, hint: Given(retry_after), value, hook }
    }

    /// Tries again where a value is not good enough. After the last attempt the value is returned as it is.
    pub fn retry_if_ok<T, P: FnMut(&T) -> bool>(
        self,
        retry_if_ok: P,
    ) -> Run<'p, F, E, J, H, Given<P>, O> {
        let Self { policy, operation, name, timeouts, judge, hint, hook, .. } = self;
        Run { policy, operation, name, timeouts, judge, hint, value: Given(retry_if_ok), hook }
    }

    /// Hears of each retry, before its wait.
    pub fn on_retry<P: FnMut(&Event<'_>)>(self, on_retry: P) -> Run<'p, F, E, J, H, V, Given<P>> {
        let Self { policy, operation, name, timeouts, judge, hint, value, .. } = self;
        Run { policy, operation, name, timeouts, judge, hint, value, hook: Given(on_retry) }
    }
}

impl<'p, F, Fut, T, E, J, H, V, O> IntoFuture for Run<'p, F, E, J, H, V, O>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, E>>,
    J: Judge<E>,
    H: Hint<E>,
    V: Satisfies<T>,
    O: Hook,
{
    type Output = Result<T, E>;
    type IntoFuture = RunFuture<'p, F, Fut, E, J, H, V, O>;

    fn into_future(self) -> Self::IntoFuture {
        RunFuture::new(self)
    }
}
