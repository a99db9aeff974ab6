//! A breaker without an attribute. The outcome is known only at the end of a stream.

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

/// Simulates a request that answers with two numbers, and then ends or fails.
fn request(breaks: bool) -> impl Stream<Item = Result<u32, FeedError>> + Unpin {
    stream::iter([Ok(1), Ok(2)]).chain(stream::iter(breaks.then_some(Err(FeedError::Broke))))
}

/// Requests the feed, if the breaker admits it. The stream reports the outcome to the permit: the
/// first error, the end, or a reader that leaves.
fn feed(breaks: bool) -> Result<Guarded<impl Stream<Item = Result<u32, FeedError>>>, FeedError> {
    // Before the request, because nothing is sent while the breaker is open.
    let permit = FEED.try_acquire()?;
    Ok(permit.guard(request(breaks)))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    for breaks in [false, true, true, false] {
        match feed(breaks) {
            Ok(items) => println!("{:?}", items.collect::<Vec<_>>().await),
            Err(error) => println!("rejected: {error}"),
        }
        println!("  the breaker is {}", FEED.state());
    }
}
