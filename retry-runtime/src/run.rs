//! Retries for code without a function to annotate: [`RetryConfig::run`].

mod blocking;
mod bounds;
mod future;
mod pause;
mod rules;
mod setup;
mod timeouts;

use std::any::type_name;
use std::borrow::Cow;
use std::fmt::Display;
use std::future::Future;
use std::marker::PhantomData;
use std::mem;
use std::time::Duration;

use pin_project_lite::pin_project;

use crate::budget::RetryBudget;
use crate::config::RetryConfig;
use crate::failure::{Retryable, TimedOut};
use crate::observe::Event;
use crate::series::{Sequence, Wait};
pub use blocking::RunBlocking;
use bounds::ByKind;
pub(crate) use bounds::{Attempts, Judge};
use pause::Pause;
use rules::rule_setters;
use setup::{Held, Setup};
use timeouts::Timeouts;

impl RetryConfig {
    /// Runs an async closure under this policy: `POLICY.run(|| async { … }).await`.
    ///
    /// The closure is called once per attempt. The retries are those of `#[async_retry(POLICY)]`.
    /// The setters of [`Run`] correspond to the keys of that attribute.
    ///
    /// ```
    /// # extern crate retry_runtime as retry_utils;
    /// use retry_utils::STANDARD;
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
    /// The last attempt's error, unchanged. If a timeout ended that attempt, a [`TimedOut`],
    /// converted to `E`.
    #[inline]
    pub fn run<'h, F, T, E>(&self, attempts: F) -> Run<'h, F, T, E>
    where
        F: Attempts<T, E>,
    {
        Run {
            policy: self.copied(),
            held: Held::new(),
            attempts,
            stage: Stage::New,
            judge: PhantomData,
        }
    }

    /// Runs an async closure whose futures borrow from its captures, such as a buffer.
    ///
    /// [`run`](Self::run) does not accept such a closure. Unlike `run`, this function has no
    /// setters, and its future is not `Send` if the closure borrows something. In a spawned task,
    /// use [`retries`](Self::retries) or a function with `#[async_retry]`.
    ///
    /// ```
    /// # extern crate retry_runtime as retry_utils;
    /// use retry_utils::STANDARD;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
    /// # async fn read(buffer: &mut Vec<u8>) -> std::io::Result<usize> { buffer.push(7); Ok(1) }
    /// let mut buffer = Vec::new();
    /// let length = STANDARD
    ///     .run_mut(async || {
    ///         buffer.clear();
    ///         read(&mut buffer).await
    ///     })
    ///     .await?;
    /// # assert_eq!(length, 1); Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// The last attempt's error, unchanged.
    pub async fn run_mut<F, T, E>(&self, mut attempts: F) -> Result<T, E>
    where
        F: AsyncFnMut() -> Result<T, E>,
        E: Retryable + Display,
    {
        let mut series = Sequence::of(self);
        loop {
            match attempts().await {
                Ok(value) => return Ok(value),
                Err(error) => {
                    if !series.failed(self, type_name::<F>(), ByKind::failure(&error)) {
                        return Err(error);
                    }
                }
            }
            series.wait().await;
        }
    }

    /// Runs a synchronous closure under this policy: `POLICY.run_blocking(|| …).call()`.
    ///
    /// It waits with [`std::thread::sleep`], so do not call it in async code.
    ///
    /// ```
    /// # extern crate retry_runtime as retry_utils;
    /// use retry_utils::STANDARD;
    ///
    /// let text = STANDARD.run_blocking(|| std::fs::read_to_string("Cargo.toml")).call()?;
    /// # assert!(text.contains("retry-runtime"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn run_blocking<'h, F, T, E>(&self, attempts: F) -> RunBlocking<'h, F, T, E>
    where
        F: FnMut() -> Result<T, E>,
    {
        RunBlocking::new(self.copied(), attempts)
    }
}

pin_project! {
    /// The state of a run.
    #[project = StageProjection]
    enum Stage<A> {
        // Not polled yet.
        New,
        Attempting { #[pin] attempt: A },
        // An attempt has failed, and another follows.
        Waiting,
        Ended,
    }
}

pin_project! {
    /// The future of a retry sequence of an async closure, from [`RetryConfig::run`].
    ///
    /// Await it, spawn it, join it with others, or pass it to
    /// [`CircuitBreaker::call`](crate::CircuitBreaker::call). It owns a copy of the policy, and is
    /// `Send` if the closure and its futures are. It does nothing before it is polled. Dropping it
    /// drops the running attempt. Without setters, it does not allocate if the first attempt
    /// succeeds.
    #[must_use = "futures do nothing unless polled"]
    // With this order the policy is written in place. Next to `attempt`, which is still `None`, it
    // would be copied twice.
    #[repr(C)]
    pub struct Run<'h, F, T, E, J = ByKind>
    where
        F: Attempts<T, E>,
    {
        policy: RetryConfig,
        held: Held<'h, T, E>,
        attempts: F,
        #[pin]
        stage: Stage<F::Attempt>,
        judge: PhantomData<fn() -> J>,
    }
}

rule_setters! {
    impl Run where F: [Attempts<T, E>]
    self => self.setup().rules, { policy, held, attempts, stage }
}

impl<'h, F, T, E, J> Run<'h, F, T, E, J>
where
    F: Attempts<T, E>,
{
    /// Drops an attempt that takes longer than `limit`. Default: none.
    ///
    /// The dropped attempt is a failure of the kind
    /// [`FailureKind::Timeout`](crate::FailureKind::Timeout), whatever kind its error reports. No
    /// predicate is called for it.
    pub fn attempt_timeout(mut self, limit: Duration) -> Self
    where
        E: From<TimedOut>,
    {
        self.setup().timeouts.get_or_insert_with(|| Timeouts::new(E::from)).attempt = Some(limit);
        self
    }

    /// Ends the sequence when its attempts and waits have together taken `limit`. Default: none.
    ///
    /// A running attempt is then dropped. No wait starts that would end after the limit.
    pub fn total_timeout(mut self, limit: Duration) -> Self
    where
        E: From<TimedOut>,
    {
        self.setup().timeouts.get_or_insert_with(|| Timeouts::new(E::from)).total = Some(limit);
        self
    }

    /// Awaits a future after each error that will be retried, after `on_retry` and before the wait.
    ///
    /// Use it to refresh an access token or to reset a connection. The closure is not called for a
    /// value that `retry_if_ok` retries.
    ///
    /// `total_timeout` includes the future. When that time runs out, the sequence ends with the
    /// last error. The future must not borrow the error: copy what it needs before the `async`
    /// block.
    pub fn before_retry<P, Fut>(mut self, mut before_retry: P) -> Self
    where
        P: FnMut(&E) -> Fut + Send + 'h,
        Fut: Future<Output = ()> + Send + 'h,
        T: Send + 'h,
        E: Send + 'h,
    {
        let pause = self.setup().pause.get_or_insert_with(Pause::new);
        pause.before_retry = Some(Box::new(move |error| Box::pin(before_retry(error))));
        self
    }

    /// Ends the sequence between two attempts when the closure's future completes. An example of a
    /// closure is `|| shutdown.cancelled()`.
    ///
    /// The run then returns the outcome of the last attempt. [`Event::GaveUp`] has the reason
    /// [`Stopped`](crate::observe::Reason::Stopped). A running attempt or `before_retry` is not
    /// interrupted. The token that the retry took from a budget stays spent.
    ///
    /// The closure is called once for each wait. Its future is polled before the timer, so a future
    /// that is already complete prevents the wait. The future must also complete if its event
    /// happened before the future was created.
    pub fn stop_on<P, Fut>(mut self, mut stop_on: P) -> Self
    where
        P: FnMut() -> Fut + Send + 'h,
        Fut: Future + Send + 'h,
        T: Send + 'h,
        E: Send + 'h,
    {
        let pause = self.setup().pause.get_or_insert_with(Pause::new);
        pause.stop_on = Some(Box::new(move || {
            let stop = stop_on();
            Box::pin(async {
                stop.await;
            })
        }));
        self
    }

    /// Sets both timeouts, and their conversion for an error type that is not `From<TimedOut>`.
    #[cfg(feature = "tower")]
    pub(crate) fn timeouts(
        mut self,
        attempt: Option<Duration>,
        total: Option<Duration>,
        convert: fn(TimedOut) -> E,
    ) -> Self {
        let timeouts = self.setup().timeouts.insert(Timeouts::new(convert));
        (timeouts.attempt, timeouts.total) = (attempt, total);
        self
    }

    /// Replaces the judge that classifies the errors.
    #[cfg(feature = "tower")]
    pub(crate) fn judged_by<J2>(self) -> Run<'h, F, T, E, J2> {
        let Self { policy, held, attempts, stage, judge: _ } = self;
        Run { policy, held, attempts, stage, judge: PhantomData }
    }

    fn setup(&mut self) -> &mut Setup<'h, T, E> {
        let Held { series, wait, setup } = &mut self.held;
        setup.get_or_insert_with(|| {
            let wait = mem::replace(&mut **wait, Wait::OVER);
            Box::new(Setup::new(self.policy.copied(), *series, wait, F::name()))
        })
    }
}
