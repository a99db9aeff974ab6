//! Retries a gRPC call after the pushback of the server. A refused call is not retried.
//!
//! ```sh
//! cargo run --manifest-path integrations/Cargo.toml --example tonic
//! ```

use std::sync::atomic::{AtomicU32, Ordering};

use retry_utils::{STANDARD, async_retry};
use tonic::{Code, Status};

/// Replaces the method of a generated client.
fn call(calls: &AtomicU32, last: Code) -> Result<&'static str, Status> {
    let mut busy = Status::unavailable("restarting");
    busy.metadata_mut().insert("grpc-retry-pushback-ms", "300".parse().expect("digits are ASCII"));
    match (calls.fetch_add(1, Ordering::Relaxed), last) {
        (0, _) => Err(busy),
        (_, Code::Ok) => Ok("an answer"),
        (_, code) => Err(Status::new(code, "as the server says")),
    }
}

#[async_retry(STANDARD, base_delay = "10ms", on_retry = |event| println!("{event:?}"))]
async fn complete(calls: &AtomicU32, last: Code) -> Result<&'static str, Status> {
    call(calls, last)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Status> {
    println!("{}", complete(&AtomicU32::new(0), Code::Ok).await?);
    let refused = complete(&AtomicU32::new(0), Code::InvalidArgument).await.unwrap_err();
    println!("{:?}: {}", refused.code(), refused.message());
    Ok(())
}
