//! Retries of a connection including its first item: [`RetryConfig::run_stream`].

use std::any::type_name;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use pin_project_lite::pin_project;

use super::guarded::{Guarded, Uncounted};
use super::read::ReadFirst;
use crate::config::RetryConfig;
use crate::run::{Attempts, Run};

/// The stream from an attempt. It is boxed, because it is moved after it was polled.
type Opened<S> = Guarded<Pin<Box<S>>, Uncounted, <S as Stream>::Item>;

impl RetryConfig {
    /// Runs an async closure that returns a stream of results. The first item belongs to the
    /// attempt.
    ///
    /// A first item that is an error is retried like an error of the closure. After the last
    /// attempt, it is the error of the run. A stream that ends before any item is `Ok` and empty.
    /// Later errors are items of the stream and are never retried.
    ///
    /// It does what `#[async_retry(POLICY, stream)]` does, and returns a [`Run`] with the setters
    /// that [`run`](Self::run) has. As there, the closure must not lend its captures: clone them,
    /// or use a function with the attribute. `attempt_timeout` limits the time until the first
    /// item, and `total_timeout` no longer applies after it. The stream of each attempt is boxed.
    ///
    /// ```
    /// # extern crate retry_runtime as retry_utils;
    /// use futures_util::{StreamExt, stream};
    /// use retry_utils::STREAMING;
    /// use std::io;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> io::Result<()> {
    /// let mut items = STREAMING
    ///     .run_stream(|| async { Ok(stream::iter([Ok::<_, io::Error>(1), Ok(2)])) })
    ///     .await?;
    /// while let Some(item) = items.next().await {
    ///     println!("{}", item?);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// The last attempt's error, unchanged.
    pub fn run_stream<'h, F, S, T, E>(&self, attempts: F) -> Run<'h, Connecting<F, S>, Opened<S>, E>
    where
        F: Attempts<S, E>,
        S: Stream<Item = Result<T, E>>,
    {
        self.run(Connecting { attempts, stream: PhantomData })
    }
}

/// A closure that connects, and waits for the first item of each connection.
pub struct Connecting<F, S> {
    attempts: F,
    stream: PhantomData<fn() -> S>,
}

#[diagnostic::do_not_recommend]
impl<F, S, T, E> Attempts<Opened<S>, E> for Connecting<F, S>
where
    F: Attempts<S, E>,
    S: Stream<Item = Result<T, E>>,
{
    type Attempt = Attempt<F::Attempt, S, Result<T, E>>;

    fn attempt(&mut self) -> Self::Attempt {
        Attempt::Connects { connection: self.attempts.attempt() }
    }

    fn name() -> &'static str {
        type_name::<F>()
    }
}

pin_project! {
    /// An attempt to get a stream and its first item.
    #[project = AttemptProjection]
    pub enum Attempt<A, S, I> {
        Connects { #[pin] connection: A },
        // The outcome takes the stream.
        Reads { stream: Option<Guarded<Pin<Box<S>>, Uncounted, I>> },
    }
}

impl<A, S, T, E> Future for Attempt<A, S, Result<T, E>>
where
    A: Future<Output = Result<S, E>>,
    S: Stream<Item = Result<T, E>>,
{
    type Output = Result<Guarded<Pin<Box<S>>, Uncounted, Result<T, E>>, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            let stream = match self.as_mut().project() {
                AttemptProjection::Connects { connection } => {
                    match ready!(connection.poll(context)) {
                        Ok(stream) => stream,
                        Err(error) => return Poll::Ready(Err(error)),
                    }
                }
                AttemptProjection::Reads { stream } => {
                    if let Some(opened) = stream {
                        ready!(Pin::new(&mut ReadFirst(opened)).poll(context))?;
                    }
                    let opened = stream.take().expect("not polled after completion");
                    return Poll::Ready(Ok(opened));
                }
            };
            let stream = Some(Guarded::new(None, Box::pin(stream), Uncounted));
            self.set(Self::Reads { stream });
        }
    }
}
