//! A breaker by hand, where the outcome is known only at the end of a stream.

use futures_util::{Stream, StreamExt, stream};
use retry_utils::{CircuitBreaker, CircuitOpen, Guarded, Retryable};

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

/// The feed, if the breaker lets us ask for it. The permit gets its verdict from the stream: the first error, or
/// the end, or a reader who leaves.
fn feed(breaks: bool) -> Result<Guarded<impl Stream<Item = Result<u32, FeedError>>>, FeedError> {
    // Before the request: while the breaker is open nothing must be sent.
    let permit = FEED.try_acquire()?;
    Ok(permit.guard(request(breaks)))
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
