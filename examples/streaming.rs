//! A stream that holds its breaker's permit. The breaker counts an answer when it ends or breaks
//! off.

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

/// Only the connection is retried, so no item is read twice.
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
            Err(error) => println!("rejected: {error}"),
        }
        println!("  the breaker is {}", TOKENS.state());
    }

    // A reader that leaves after the first token counts as a success.
    TOKENS.reset();
    if let Ok(tokens) = answer(true).await {
        println!("{:?}", tokens.take(1).collect::<Vec<_>>().await);
    }
    println!("  the breaker is {}", TOKENS.state());
}
