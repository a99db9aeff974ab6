//! The exported spans of a retried call.

use std::sync::atomic::{AtomicU32, Ordering};

use opentelemetry::trace::{Status, TracerProvider};
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use retry_utils::{Retryable, STANDARD, async_retry};
use tracing_subscriber::layer::SubscriberExt;

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error("503 from the model")]
    #[retry(unavailable)]
    Unavailable,
}

#[async_retry(STANDARD, span, name = "complete")]
#[tracing::instrument(name = "call", skip_all)]
async fn complete(calls: &AtomicU32) -> Result<u32, Failed> {
    match calls.fetch_add(1, Ordering::Relaxed) {
        0 => Err(Failed::Unavailable),
        call => Ok(call),
    }
}

/// Returns the spans of a call that fails once, in the order in which they end.
async fn exported() -> Vec<SpanData> {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
    complete(&AtomicU32::new(0)).await.unwrap();
    exporter.get_finished_spans().unwrap()
}

fn attribute<'s>(span: &'s SpanData, key: &str) -> Option<&'s Value> {
    span.attributes
        .iter()
        .find(|KeyValue { key: known, .. }| known.as_str() == key)
        .map(|kv| &kv.value)
}

#[tokio::test(start_paused = true)]
async fn attempts_are_children_of_the_call() {
    let spans = exported().await;
    let names: Vec<_> = spans.iter().map(|span| &*span.name).collect();
    assert_eq!(names, ["attempt", "attempt", "call"]);
    let call = spans[2].span_context.span_id();
    assert_eq!([spans[0].parent_span_id, spans[1].parent_span_id], [call, call]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_attempt_has_the_status_and_attributes_of_the_conventions() {
    let spans = exported().await;
    assert_eq!(spans[0].status, Status::error("503 from the model"));
    assert_eq!(attribute(&spans[0], "error.type"), Some(&Value::from("unavailable")));
    assert_eq!(attribute(&spans[0], "operation"), Some(&Value::from("complete")));
    assert_eq!(attribute(&spans[0], "http.request.resend_count"), None);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_follows_says_how_many_came_before() {
    let spans = exported().await;
    assert_eq!(spans[1].status, Status::Unset);
    assert_eq!(attribute(&spans[1], "http.request.resend_count"), Some(&Value::from(1_i64)));
    assert_eq!(attribute(&spans[1], "attempt"), Some(&Value::from(2_i64)));
    assert_eq!(attribute(&spans[1], "error.type"), None);
}
