//! The head and body of a failed response.

use std::time::Duration;

use http::StatusCode;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use retry_utils::http::FailedStatus;
use retry_utils::{RetryHint, Retryable, STANDARD};

use crate::words::text;

/// The headers that are read, and parts of their values.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "\n",
    ": ",
    "retry-after",
    "retry-after-ms",
    "x-ms-retry-after-ms",
    "x-amz-retry-after",
    "RateLimit",
    "ratelimit-reset",
    "x-ratelimit-reset",
    "x-ratelimit-remaining",
    "x-ratelimit-reset-requests",
    "x-ratelimit-remaining-requests",
    "x-ratelimit-reset-tokens",
    "x-ratelimit-remaining-tokens",
    "x-ratelimit-reset-after",
    "x-rate-limit-reset",
    "x-rate-limit-remaining",
    "ratelimit-remaining",
    "date",
    "age",
    "x-should-retry",
    "x-should-retry: false\n",
    "stripe-should-retry: true\n",
    "x-amzn-errortype",
    "anthropic-ratelimit-tokens-reset",
    "anthropic-ratelimit-tokens-remaining",
    "anthropic-ratelimit-requests-reset",
    "anthropic-ratelimit-requests-remaining",
    "true",
    "false",
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
    "Sun, 06 Nov 1994 08:49:37 UTC",
    "2026-11-30T10:00:00Z",
    "2026-11-30T10:00+01:00",
    "2016-12-31T23:59:60.5Z",
    "1796032800",
    "1796032800000",
    "6m0s",
    "370ms",
    "1h",
    "0",
    "1",
    "-1",
    "1.5",
    "9999999999",
    "1e308",
    "18446744073709551616",
    "999999999999999999999999",
    "NaN",
    "inf",
    "\"default\";r=0;t=30",
    "limit=100, remaining=0, reset=12",
    "\\\"",
    "ThrottlingException",
    ";",
    ",",
    "{\"error\":",
    "{",
    "}",
    "[",
    "]",
    "\"code\":",
    "\"insufficient_quota\"",
    "\"type\":",
    "\"error_code\":",
    "\"enforced_spend_limit_reached\"",
    "\"__type\":",
    "\"violations\":",
    "\\u0065",
    "null",
    "\"details\":",
    "\"retryDelay\":",
    "\"3.5s\"",
    "\"quotaId\":",
    "\"PerDay\"",
    "é",
    "\u{1b}[2J",
];

/// Reads the hint of a random response.
///
/// # Panics
///
/// Panics if reading the response panics, or its hint leads to a wait that the policy does not
/// allow.
pub fn run(data: &[u8]) {
    let (&[high, low], rest) = data.split_first_chunk().unwrap_or((&[1, 173], data));
    let Ok(status) = StatusCode::from_u16(u16::from_be_bytes([high, low])) else { return };
    let text = text(rest, WORDS);
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let mut headers = HeaderMap::new();
    for line in head.lines().take(50) {
        let Some((name, value)) = line.split_once(": ") else { continue };
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            headers.append(name, value);
        }
    }
    let failed = FailedStatus::of(status, &headers);
    assert_eq!(failed.is_some(), status.is_client_error() || status.is_server_error());
    let Some(failed) = failed.map(|failed| failed.with_body(body.as_bytes())) else { return };
    // An invalid byte becomes a character of three bytes.
    assert!(failed.body().len() <= 3 * FailedStatus::BODY_LIMIT);
    assert!(!failed.to_string().is_empty());
    let hint = failed.retry_hint();
    assert_eq!(failed.retry_after(), hint.duration());
    let longest = STANDARD.max_retry_after + STANDARD.base_delay;
    if let Some(wait) = STANDARD.retries("fuzz").next(&failed) {
        assert!(STANDARD.retry_on.contains(failed.failure_kind()), "{failed:?}");
        assert!(wait <= longest, "a wait of {wait:?}: {failed:?}");
        let earliest = match hint {
            RetryHint::None => Duration::ZERO,
            RetryHint::AtLeast(wait) => wait,
            RetryHint::Soft(wait) => wait.min(STANDARD.max_delay),
            RetryHint::Never => panic!("another attempt: {failed:?}"),
        };
        assert!(earliest <= wait, "too early: {failed:?}");
    }
}
