use std::marker::PhantomPinned;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;
use retry_utils::{Guarded, Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error("busy")]
    #[retry(unavailable)]
    Busy,
}

struct Items(PhantomPinned);

impl Stream for Items {
    type Item = Result<u32, Failed>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(Some(Err(Failed::Busy)))
    }
}

#[async_retry(stream)]
async fn call() -> Result<Guarded<Items>, Failed> {
    Ok(Items(PhantomPinned))
}

fn main() {}
