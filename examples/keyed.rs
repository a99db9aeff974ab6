//! One breaker per host: a host that is down does not affect calls to other hosts.

use retry_utils::{CircuitBreakers, CircuitOpen, Retryable, circuit_breaker, registry};

static UPSTREAMS: CircuitBreakers =
    CircuitBreakers::new("upstreams").failure_threshold(2).max_keys(256);

#[derive(Debug, thiserror::Error, Retryable)]
enum HttpError {
    #[error("refused")]
    #[retry(connection)]
    Refused,

    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

/// The key is evaluated before the body, which may move the host.
#[circuit_breaker(UPSTREAMS, key = host)]
async fn get(host: String) -> Result<String, HttpError> {
    if host.starts_with("down") { Err(HttpError::Refused) } else { Ok(host + " answers") }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    for _ in 0..3 {
        for host in ["up.example.com", "down.example.com"] {
            match get(host.to_owned()).await {
                Ok(answer) => println!("{answer}"),
                Err(error) => println!("{host}: {error}"),
            }
        }
    }
    for breaker in registry::all() {
        println!("{} is {}", breaker.name, breaker.state);
    }
}
