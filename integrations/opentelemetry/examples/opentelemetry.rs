//! Exports a call and each of its attempts as OpenTelemetry spans to standard output.
//!
//! ```sh
//! cargo run --manifest-path integrations/Cargo.toml --example opentelemetry
//! ```
//!
//! To send the spans to a collector, replace the exporter.

use std::sync::atomic::{AtomicU32, Ordering};

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use retry_utils::{CONSERVATIVE, Retryable, async_retry};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

#[derive(Debug, thiserror::Error, Retryable)]
enum LlmError {
    #[error("503 from the model")]
    #[retry(unavailable)]
    Unavailable,
}

static CALLS: AtomicU32 = AtomicU32::new(0);

/// `span` creates a span for each attempt. `#[instrument]` below it creates the span of the call.
#[async_retry(CONSERVATIVE, base_delay = "10ms", max_attempts = 3, span)]
#[tracing::instrument(fields(otel.kind = "client", server.address = "llm.example"))]
async fn complete(prompt: &str) -> Result<String, LlmError> {
    match CALLS.fetch_add(1, Ordering::Relaxed) {
        0 | 1 => Err(LlmError::Unavailable),
        _ => Ok(format!("an answer to {prompt}")),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), LlmError> {
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(opentelemetry_stdout::SpanExporter::default())
        .build();
    let spans = tracing_opentelemetry::layer()
        .with_location(false)
        .with_threads(false)
        .with_tracer(provider.tracer("chat"));
    tracing_subscriber::registry().with(spans).init();

    println!("{}", complete("a question").await?);
    Ok(())
}
