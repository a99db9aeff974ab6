//! A `tracing` span for each attempt.

use std::future::Future;

use tracing::field::{Empty, display};
use tracing::instrument::{Instrument, Instrumented};
use tracing::{Span, info_span};

use super::Excerpt;
use crate::failure::FailureKind;
use crate::name::{self, LOG_TARGET};

/// Creates the span of one attempt, counted from 1.
#[must_use]
pub fn attempt_span(operation: &str, attempt: u32) -> Span {
    // OpenTelemetry's integers are signed: an unsigned one would be exported as text.
    let attempt = i64::from(attempt);
    info_span!(
        target: LOG_TARGET,
        "attempt",
        operation = &*name::escaped(operation),
        attempt,
        "http.request.resend_count" = (attempt > 1).then(|| attempt - 1),
        "error.type" = Empty,
        "otel.status_code" = Empty,
        "otel.status_description" = Empty,
    )
}

/// Wraps the attempt so that its span is entered on each poll.
pub fn in_span<F: Future>(span: &Span, attempt: F) -> Instrumented<F> {
    attempt.instrument(span.clone())
}

/// Records in the span how its attempt failed.
pub(crate) fn record(span: &Span, kind: Option<FailureKind>, error: Option<Excerpt<'_>>) {
    // `_OTHER` is the fallback value that the conventions define for this field.
    span.record("error.type", kind.map_or("_OTHER", FailureKind::as_str));
    span.record("otel.status_code", "ERROR");
    if let Some(error) = error {
        span.record("otel.status_description", display(error));
    }
}
