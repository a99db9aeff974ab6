//! A `tracing` span for each attempt.

use std::future::Future;

use tracing::field::{Empty, display};
use tracing::instrument::{Instrument, Instrumented};
use tracing::{Span, info_span};

use super::Excerpt;
use crate::failure::FailureKind;
use crate::name::{self, LOG_TARGET};

/// The span of one attempt (from 1).
#[must_use]
pub fn attempt_span(operation: &str, attempt: u32) -> Span {
    // Signed, as OpenTelemetry's integers are: an unsigned one would arrive there as text.
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

/// The attempt, inside its span whenever it runs.
pub fn in_span<F: Future>(span: &Span, attempt: F) -> Instrumented<F> {
    attempt.instrument(span.clone())
}

/// Writes into the span that its attempt failed, and how.
pub(crate) fn record(span: &Span, kind: Option<FailureKind>, error: Option<Excerpt<'_>>) {
    // `_OTHER` is what the conventions write where nothing better is known of an error.
    span.record("error.type", kind.map_or("_OTHER", FailureKind::as_str));
    span.record("otel.status_code", "ERROR");
    if let Some(error) = error {
        span.record("otel.status_description", display(error));
    }
}
