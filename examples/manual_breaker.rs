//! A breaker by hand, where the outcome is known only at the end of a stream.

use futures_util::{Stream, StreamExt, stream};
use retry_utils::{CircuitBreaker, CircuitOpen, Permit, Retryable};

static FEED: CircuitBreaker = CircuitBreaker::new("feed").failure_threshold(2);

#[derive(Debug, thiserror::Error, Retryable)]
enum FeedError {
    #[error("the feed broke after it had begun")]
    #[retry(mid_stream)]
    Broke,

    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

/// Stands for a request to somewhere: two numbers, and then the end, or an error.
fn request(breaks: bool) -> impl Stream<Item = Result<u32, FeedError>> + Unpin {
    stream::iter([Ok(1), Ok(2)]).chain(stream::iter(breaks.then_some(Err(FeedError::Broke))))
}

/// The feed, if the breaker lets us ask for it.
fn feed(breaks: bool) -> Result<impl Stream<Item = Result<u32, FeedError>>, FeedError> {
    // Before the request: while the breaker is open nothing must be sent.
    let permit = FEED.try_acquire()?;
    Ok(judged(request(breaks), permit))
}

/// Gives the verdict at the first error, or at the end. A reader who leaves before that drops the permit
/// with the stream, which is neutral: it says nothing about the feed.
fn judged(
    items: impl Stream<Item = Result<u32, FeedError>> + Unpin,
    permit: Permit<'static>,
) -> impl Stream<Item = Result<u32, FeedError>> {
    stream::unfold(Some((items, permit)), async |state| {
        let (mut items, permit) = state?;
        match items.next().await {
            Some(Ok(item)) => Some((Ok(item), Some((items, permit)))),
            Some(failed) => {
                permit.record(&failed);
                Some((failed, None))
            }
            None => {
                permit.success();
                None
            }
        }
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    for breaks in [false, true, true, false] {
        match feed(breaks) {
            Ok(items) => println!("{:?}", items.collect::<Vec<_>>().await),
            Err(error) => println!("not even asked: {error}"),
        }
        println!("  the breaker is {}", FEED.state());
    }
}
