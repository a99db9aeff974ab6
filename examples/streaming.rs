//! A stream that takes its breaker's permit along: an answer that breaks off counts, and so does one that ends.

use futures_util::{Stream, StreamExt, stream};
use retry_utils::{
    CircuitBreaker, CircuitOpen, Retryable, STREAMING, async_retry, circuit_breaker,
};

static TOKENS: CircuitBreaker = CircuitBreaker::new("tokens").failure_threshold(2);

#[derive(Debug, thiserror::Error, Retryable)]
enum LlmError {
    #[error("refused")]
    #[retry(connection)]
    Refused,

    #[error("the answer broke off")]
    #[retry(mid_stream)]
    BrokeOff,

    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

/// Retried is the connection alone: what has been read is not asked for again.
#[circuit_breaker(TOKENS, stream)]
#[async_retry(STREAMING, base_delay = "10ms", attempt = attempt)]
async fn answer(
    breaks: bool,
) -> Result<impl Stream<Item = Result<&'static str, LlmError>>, LlmError> {
    if attempt == 1 {
        return Err(LlmError::Refused);
    }
    Ok(stream::iter([Ok("to "), Ok("be ")])
        .chain(stream::iter(breaks.then_some(Err(LlmError::BrokeOff)))))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    for breaks in [false, true, true, false] {
        match answer(breaks).await {
            Ok(tokens) => println!("{:?}", tokens.collect::<Vec<_>>().await),
            Err(error) => println!("not even asked: {error}"),
        }
        println!("  the breaker is {}", TOKENS.state());
    }

    // Whoever leaves early has nothing against the stream: the first token was an answer.
    TOKENS.reset();
    if let Ok(tokens) = answer(true).await {
        println!("{:?}", tokens.take(1).collect::<Vec<_>>().await);
    }
    println!("  the breaker is {}", TOKENS.state());
}
