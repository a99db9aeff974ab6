//! Retries the failed statuses of any client that returns an `http::Response`.
//!
//! ```sh
//! cargo run --manifest-path integrations/Cargo.toml --example http
//! ```

use std::sync::atomic::{AtomicU32, Ordering};

use http::Response;
use retry_utils::http::{CheckResponse, FailedStatus};
use retry_utils::{STANDARD, async_retry};

/// Replaces the client. The first response is an overload with a hint.
fn send(requests: &AtomicU32) -> Response<&'static str> {
    let response = Response::builder();
    match requests.fetch_add(1, Ordering::Relaxed) {
        0 => response.status(529).header("retry-after", "1").body("overloaded"),
        _ => response.status(200).body("an answer"),
    }
    .expect("status and header are valid")
}

#[async_retry(STANDARD, base_delay = "10ms", on_retry = |event| println!("{event:?}"))]
async fn complete(requests: &AtomicU32) -> Result<&'static str, FailedStatus> {
    Ok(send(requests).check_status()?.into_body())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), FailedStatus> {
    println!("{}", complete(&AtomicU32::new(0)).await?);
    Ok(())
}
