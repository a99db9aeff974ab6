//! A token that is refreshed between two attempts, and a shutdown that ends the waits:
//! `cargo run --example refresh_token`.

use std::sync::Mutex;
use std::time::Duration;

use retry_utils::{FailureKind, FailureKinds, RetryConfig, Retryable, STANDARD, async_retry};
use tokio::sync::watch;
use tokio::time::sleep;

/// An expired token is worth another attempt here, because `before_retry` gets a new one.
const POLICY: RetryConfig =
    STANDARD.retry_on(FailureKinds::TRANSIENT.with(FailureKind::Unauthorized));

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Retryable)]
enum ApiError {
    #[error("the token has expired")]
    #[retry(unauthorized)]
    Expired,
    #[error("the service is restarting")]
    #[retry(unavailable)]
    Restarting,
}

struct Client {
    token: Mutex<String>,
    /// Whether the program is shutting down.
    shutdown: watch::Receiver<bool>,
}

impl Client {
    #[async_retry(
        POLICY,
        base_delay = "100ms",
        before_retry = async |error| self.prepare(error).await,
        stop_on = self.shutdown(),
    )]
    async fn orders(&self, service: &Service) -> Result<u32, ApiError> {
        let token = self.token.lock().unwrap().clone();
        service.orders(&token).await
    }

    /// Runs before the wait of each retry.
    async fn prepare(&self, error: &ApiError) {
        if *error == ApiError::Expired {
            println!("  {error}: getting a new one");
            sleep(Duration::from_millis(20)).await; // simulates a request
            *self.token.lock().unwrap() = String::from("new");
        }
    }

    /// Completes when the program shuts down, or immediately if it is already shutting down.
    async fn shutdown(&self) {
        // An error means that the sender is gone: the program is ending.
        _ = self.shutdown.clone().wait_for(|shuts_down| *shuts_down).await;
    }
}

/// Simulates the service.
struct Service {
    is_up: bool,
}

impl Service {
    async fn orders(&self, token: &str) -> Result<u32, ApiError> {
        sleep(Duration::from_millis(20)).await; // simulates a request
        match token {
            _ if !self.is_up => Err(ApiError::Restarting),
            "new" => Ok(7),
            _ => Err(ApiError::Expired),
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), ApiError> {
    let (program, shutdown) = watch::channel(false);
    let client = Client { token: Mutex::new("old".to_owned()), shutdown };

    println!("with an old token:");
    let orders = client.orders(&Service { is_up: true }).await?;
    println!("  {orders} orders");

    println!("while the program shuts down:");
    program.send_replace(true);
    let error = client.orders(&Service { is_up: false }).await.unwrap_err();
    println!("  {error}, and no wait begins");
    Ok(())
}
