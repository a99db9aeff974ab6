//! Error responses as JSON.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

#[derive(Serialize)]
struct Refused<'a> {
    error: &'a str,
}

/// Returns a response with this status and `{"error": …}`.
pub(crate) fn refused(status: StatusCode, error: &str) -> Response {
    let json = [(header::CONTENT_TYPE, "application/json")];
    // Serializing a string cannot fail.
    let body = serde_json::to_string(&Refused { error }).unwrap_or_default();
    (status, json, body).into_response()
}
