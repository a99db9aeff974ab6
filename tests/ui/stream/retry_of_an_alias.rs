use futures_util::stream::BoxStream;
use retry_utils::{Guarded, Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error("busy")]
    #[retry(unavailable)]
    Busy,
}

type Answer = Result<Guarded<BoxStream<'static, Result<u32, Failed>>>, Failed>;

#[async_retry(stream)]
async fn call() -> Answer {
    Ok(Box::pin(futures_util::stream::iter([Ok(1)])))
}

fn main() {}
