//! The wait for the first item of a stream before the stream is returned.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::first::First;
use super::guarded::{Count, Guarded};

/// Waits for the first item of a stream, which stays in the stream. An item that is an error is the
/// outcome.
///
/// The types have no bounds and no projections. Otherwise a future that holds them while it waits
/// would not be `Send` with a stream that borrows.
#[must_use = "futures do nothing unless polled"]
pub struct ReadFirst<'s, S, C, I>(pub &'s mut Guarded<S, C, I>);

impl<S, C, T, E> Future for ReadFirst<'_, S, C, Result<T, E>>
where
    S: Stream<Item = Result<T, E>> + Unpin,
    C: Count<E>,
{
    type Output = Result<(), E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let guarded = &mut *self.get_mut().0;
        let first = match ready!(Pin::new(&mut *guarded).poll_next(context)) {
            Some(Err(error)) => return Poll::Ready(Err(error)),
            Some(item) => First::Item(item),
            None => First::End,
        };
        guarded.begin_with(first);
        Poll::Ready(Ok(()))
    }
}
