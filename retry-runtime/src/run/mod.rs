//! The same retries for code that has no function to annotate: what [`RetryConfig::run`] gives.

mod choices;
mod future;
mod limits;

use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::time::Duration;

pub use choices::{
    AnyValue, Budgeted, ByKind, Given, Hint, Hook, Judge, NoHook, OwnHint, PolicyBudget, Satisfies,
    Within,
};
pub use future::RunFuture;
pub use limits::{Limited, NoTimeouts, Timeouts};

use crate::budget::RetryBudget;
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
            judge: ByKind,
            hint: OwnHint,
            value: AnyValue,
            hook: NoHook,
            timeouts: NoTimeouts,
            budget: PolicyBudget,
            error: PhantomData,
        }
    }
}

/// A series that has not begun: set it up, then `.await` it. From [`RetryConfig::run`].
///
/// The parameters after `E` are what the methods below set; they have no other use.
#[must_use = "nothing runs until it is awaited"]
pub struct Run<
    'p,
    F,
    E,
    J = ByKind,
    H = OwnHint,
    V = AnyValue,
    O = NoHook,
    L = NoTimeouts,
    B = PolicyBudget,
> {
    policy: &'p RetryConfig,
    operation: F,
    name: &'p str,
    judge: J,
    hint: H,
    value: V,
    hook: O,
    timeouts: L,
    budget: B,
    error: PhantomData<fn() -> E>,
}

impl<'p, F, E, J, H, V, O, L, B> Run<'p, F, E, J, H, V, O, L, B> {
    /// The name that events carry. Default: the closure's type name, which holds its module path.
    pub fn name(mut self, name: &'p str) -> Self {
        self.name = name;
        self
    }

    /// Takes tokens for retries from this budget instead of the policy's. Default: the policy's, by default none.
    pub fn budget(self, budget: &'p RetryBudget) -> Run<'p, F, E, J, H, V, O, L, Within<'p>> {
        Run {
            policy: self.policy,
            operation: self.operation,
            name: self.name,
            judge: self.judge,
            hint: self.hint,
            value: self.value,
            hook: self.hook,
            timeouts: self.timeouts,
            budget: Within(budget),
            error: PhantomData,
        }
    }

    /// Drops an attempt that takes longer. It counts as [`FailureKind::Timeout`](crate::FailureKind::Timeout), whatever
    /// the error type says of itself. Default: none.
    pub fn attempt_timeout(self, limit: Duration) -> Run<'p, F, E, J, H, V, O, Timeouts<E>, B>
    where
        E: From<TimedOut>,
        L: Into<Timeouts<E>>,
    {
        let timeouts = |timeouts: L| Timeouts { attempt: Some(limit), ..timeouts.into() };
        self.with(|judge| judge, |hint| hint, |value| value, |hook| hook, timeouts)
    }

    /// Ends the series when all attempts and waits together take longer: no wait is begun that would
    /// end later, and an attempt in flight is dropped. Default: none.
    pub fn total_timeout(self, limit: Duration) -> Run<'p, F, E, J, H, V, O, Timeouts<E>, B>
    where
        E: From<TimedOut>,
        L: Into<Timeouts<E>>,
    {
        let timeouts = |timeouts: L| Timeouts { total: Some(limit), ..timeouts.into() };
        self.with(|judge| judge, |hint| hint, |value| value, |hook| hook, timeouts)
    }

    /// Decides by a predicate instead of the error's classification.
    ///
    /// It is asked about every error, [`CircuitOpen`](crate::CircuitOpen) too; only an attempt that
    /// `attempt_timeout` dropped is left to the policy's `retry_on`.
    pub fn retry_if<P: FnMut(&E) -> bool>(
        self,
        retry_if: P,
    ) -> Run<'p, F, E, Given<P>, H, V, O, L, B> {
        self.with(|_| Given(retry_if), |hint| hint, |value| value, |hook| hook, |limits| limits)
    }

    /// Takes the hint from the error by a function instead of [`Retryable::retry_after`].
    ///
    /// [`Retryable::retry_after`]: crate::Retryable::retry_after
    pub fn retry_after<P: FnMut(&E) -> Option<Duration>>(
        self,
        retry_after: P,
    ) -> Run<'p, F, E, J, Given<P>, V, O, L, B> {
        self.with(
            |judge| judge,
            |_| Given(retry_after),
            |value| value,
            |hook| hook,
            |limits| limits,
        )
    }

    /// Tries again where a value is not good enough. After the last attempt the value is returned as it is.
    pub fn retry_if_ok<T, P: FnMut(&T) -> bool>(
        self,
        retry_if_ok: P,
    ) -> Run<'p, F, E, J, H, Given<P>, O, L, B> {
        self.with(|judge| judge, |hint| hint, |_| Given(retry_if_ok), |hook| hook, |limits| limits)
    }

    /// Hears of each retry, before its wait.
    pub fn on_retry<P: FnMut(&Event<'_>)>(
        self,
        on_retry: P,
    ) -> Run<'p, F, E, J, H, V, Given<P>, L, B> {
        self.with(|judge| judge, |hint| hint, |value| value, |_| Given(on_retry), |limits| limits)
    }

    /// With other parts.
    #[inline]
    fn with<J2, H2, V2, O2, L2>(
        self,
        judge: impl FnOnce(J) -> J2,
        hint: impl FnOnce(H) -> H2,
        value: impl FnOnce(V) -> V2,
        hook: impl FnOnce(O) -> O2,
        timeouts: impl FnOnce(L) -> L2,
    ) -> Run<'p, F, E, J2, H2, V2, O2, L2, B> {
        Run {
            policy: self.policy,
            operation: self.operation,
            name: self.name,
            judge: judge(self.judge),
            hint: hint(self.hint),
            value: value(self.value),
            hook: hook(self.hook),
            timeouts: timeouts(self.timeouts),
            budget: self.budget,
            error: PhantomData,
        }
    }
}

impl<'p, F, Fut, T, E, J, H, V, O, L, B> IntoFuture for Run<'p, F, E, J, H, V, O, L, B>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, E>>,
    J: Judge<E>,
    H: Hint<E>,
    V: Satisfies<T>,
    O: Hook,
    L: Limited<E>,
    B: Budgeted,
{
    type Output = Result<T, E>;
    type IntoFuture = RunFuture<'p, F, Fut, E, J, H, V, O, L, B>;

    fn into_future(self) -> Self::IntoFuture {
        RunFuture::new(self)
    }
}
