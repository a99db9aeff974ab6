//! A failed response, as an error.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use http::{HeaderMap, StatusCode};

use super::codes::{self, Said};
use super::hints::{self, Class};
use crate::failure::{FailureKind, RetryHint, Retryable};
use crate::name::Escaped;

/// A response with a failed status: any 4xx or 5xx, or with `check_success` any status but a 2xx.
///
/// It keeps the status, the headers and the start of the body. The first of these that applies
/// decides its kind:
///
/// 1. [`with_kind`](Self::with_kind);
/// 2. the process's [classifier](set_classifier);
/// 3. for a 4xx, an error code in the body's JSON or in `x-amzn-errortype`: `ResourceExhausted`
///    for a limit that does not pass with time, such as `insufficient_quota`, and `RateLimited` for
///    the throttling codes of AWS;
/// 4. 403, 409, 413 or 423 with a wait from a `Retry-After` header or from
///    [`with_retry_after`](Self::with_retry_after): `RateLimited`. A 403 is also `RateLimited` if a
///    header such as `x-ratelimit-remaining` reports that nothing is left;
/// 5. the [status](StatusCode). If that gives `InvalidRequest` or `Permanent`,
///    `x-should-retry: true` or `stripe-should-retry: true` makes it `Transient`.
///
/// Its hint is that of [`with_retry_after`](Self::with_retry_after). Otherwise it is `Never` if
/// `x-should-retry` or `stripe-should-retry` is `false`. Otherwise it is the wait in a header or in
/// Google's `retryDelay` in the body. The guide lists the headers.
///
/// `Debug` shows only the names of the headers, because their values may be secrets. `Debug` and
/// `Display` show the start of the body.
#[derive(Clone, PartialEq, Eq)]
pub struct FailedStatus(Box<Parts>);

/// Boxed, so that a `Result` with this error stays small.
#[derive(Clone, PartialEq, Eq)]
struct Parts {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
    kind: Option<FailureKind>,
    retry_after: Option<Duration>,
    should_retry: Option<bool>,
    hint: Option<(RetryHint, Class)>,
    said: Said,
}

impl FailedStatus {
    /// The number of bytes of the body that are kept: enough for the error message of an API.
    pub const BODY_LIMIT: usize = 1024;

    /// The number of bytes of a JSON body that are searched for error codes. Some APIs send a long
    /// message before the code.
    pub(super) const CODES_LIMIT: usize = 16 * 1024;

    /// Returns a failed response, given its head, or `None` if the status is not a 4xx or 5xx.
    ///
    /// For clients that have their own response type. Add the body with
    /// [`with_body`](Self::with_body). A date in the headers is compared with the time of this
    /// call.
    #[must_use]
    pub fn of(status: StatusCode, headers: &HeaderMap) -> Option<Self> {
        let failed = status.is_client_error() || status.is_server_error();
        failed.then(|| Self::new(status, headers))
    }

    /// Returns `None` for a 2xx.
    pub(super) fn unless_success(status: StatusCode, headers: &HeaderMap) -> Option<Self> {
        (!status.is_success()).then(|| Self::new(status, headers))
    }

    fn new(status: StatusCode, headers: &HeaderMap) -> Self {
        Self(Box::new(Parts {
            status,
            headers: headers.clone(),
            body: String::new(),
            kind: None,
            retry_after: None,
            should_retry: hints::should_retry(headers),
            hint: hints::find(status, headers),
            said: Said::default(),
        }))
    }

    /// Sets the body to the start of `body`, up to [`BODY_LIMIT`](Self::BODY_LIMIT). Invalid UTF-8
    /// becomes U+FFFD.
    ///
    /// Error codes are also found beyond that, up to 16 KiB.
    #[must_use]
    pub fn with_body(self, body: &[u8]) -> Self {
        self.with_start(body, Self::BODY_LIMIT)
    }

    /// Sets the body to the start of `body`, up to `limit` bytes.
    pub(super) fn with_start(mut self, body: &[u8], limit: usize) -> Self {
        let read = &body[..body.len().min(limit.max(Self::CODES_LIMIT))];
        self.0.said = codes::read(&String::from_utf8_lossy(read));
        self.0.body = start(body, limit);
        self
    }

    /// Sets the wait that the server asks for, if it is in a place that this crate does not read,
    /// such as an API's own header or body field.
    ///
    /// It replaces any other hint of the response, and has the same effect as a `Retry-After`.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// Sets the kind, whatever the response contains.
    ///
    /// It does not change the hint: with `x-should-retry: false` the response is still not retried.
    /// To replace the hint, use [`with_retry_after`](Self::with_retry_after).
    #[must_use]
    pub fn with_kind(mut self, kind: FailureKind) -> Self {
        self.0.kind = Some(kind);
        self
    }

    /// Returns the status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Returns the headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// Returns the start of the body, at most [`BODY_LIMIT`](Self::BODY_LIMIT) bytes or the limit
    /// passed to `check_status_with`. Empty if no body was read.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.0.body
    }

    /// Returns the kind from the codes in body and headers, the other headers, and the status.
    fn kind_by_response(&self) -> FailureKind {
        let Parts { status, headers, .. } = &*self.0;
        if status.is_client_error() {
            if let Some(kind) = self.0.said.kind.or_else(|| codes::of_headers(headers)) {
                return kind;
            }
        }
        let class = self.0.hint.map(|(_, class)| class);
        let asked_to_wait = class == Some(Class::RetryAfter)
            || self.0.retry_after.is_some_and(|wait| !wait.is_zero());
        let is_limited = match status.as_u16() {
            403 => {
                asked_to_wait
                    || class == Some(Class::RateLimit)
                    || hints::has_exhausted_period(headers)
            }
            409 | 413 | 423 => asked_to_wait,
            _ => false,
        };
        if is_limited {
            return FailureKind::RateLimited;
        }
        match status.failure_kind() {
            FailureKind::InvalidRequest | FailureKind::Permanent
                if self.0.should_retry == Some(true) =>
            {
                FailureKind::Transient
            }
            kind => kind,
        }
    }
}

/// Returns the start of a body, without cutting a character in two.
fn start(body: &[u8], limit: usize) -> String {
    let start = &body[..body.len().min(limit)];
    let mut text = String::from_utf8_lossy(start).into_owned();
    let is_cut = start.utf8_chunks().last().is_some_and(|chunk| !chunk.invalid().is_empty());
    if is_cut && start.len() == limit {
        text.pop();
    }
    text
}

/// `503 Service Unavailable`, then a colon and the start of the body. Control characters are
/// escaped, so a log has one line.
impl fmt::Display for FailedStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.status.as_u16())?;
        if let Some(reason) = self.0.status.canonical_reason() {
            write!(f, " {reason}")?;
        }
        match self.0.body.trim() {
            "" => Ok(()),
            body => write!(f, ": {}", Escaped(body)),
        }
    }
}

/// Shows only the names of the headers, because values may be cookies or tokens.
impl fmt::Debug for FailedStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<_> = self.0.headers.keys().map(http::HeaderName::as_str).collect();
        f.debug_struct("FailedStatus")
            .field("status", &self.0.status)
            .field("kind", &self.failure_kind())
            .field("hint", &self.retry_hint())
            .field("headers", &headers)
            .field("body", &self.0.body)
            .finish()
    }
}

impl Error for FailedStatus {}

impl Retryable for FailedStatus {
    fn failure_kind(&self) -> FailureKind {
        self.0.kind.or_else(|| classified(self)).unwrap_or_else(|| self.kind_by_response())
    }

    fn retry_after(&self) -> Option<Duration> {
        self.retry_hint().duration()
    }

    fn retry_hint(&self) -> RetryHint {
        if let Some(wait) = self.0.retry_after {
            return RetryHint::AtLeast(wait);
        }
        if self.0.should_retry == Some(false) {
            return RetryHint::Never;
        }
        let by_headers = self.0.hint.map_or(RetryHint::None, |(hint, _)| hint);
        match (by_headers, self.0.said.retry_delay) {
            (RetryHint::None | RetryHint::Soft(_), Some(wait)) => RetryHint::AtLeast(wait),
            (hint, _) => hint,
        }
    }

    fn as_error(&self) -> Option<&dyn Error> {
        Some(self)
    }
}

static CLASSIFIER: OnceLock<fn(&FailedStatus) -> Option<FailureKind>> = OnceLock::new();

/// Sets a function that classifies the failed responses of this process. Its answer overrides the
/// rules of this crate. Only [`FailedStatus::with_kind`] overrides its answer. If it returns
/// `None`, the rules of this crate apply.
///
/// It is called each time a kind is read, so it should be fast. While it runs,
/// [`failure_kind`](Retryable::failure_kind) returns the kind by the rules of this crate.
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// use retry_utils::FailureKind;
/// use retry_utils::http::{self, FailedStatus};
///
/// /// GitHub's secondary rate limits have no code.
/// fn github(failed: &FailedStatus) -> Option<FailureKind> {
///     let is_limited = failed.status() == 403 && failed.body().contains("secondary rate limit");
///     is_limited.then_some(FailureKind::RateLimited)
/// }
///
/// http::set_classifier(github)?;
/// # Ok::<(), http::ClassifierAlreadySet>(())
/// ```
///
/// # Errors
///
/// [`ClassifierAlreadySet`] if the process already has one.
pub fn set_classifier(
    classifier: fn(&FailedStatus) -> Option<FailureKind>,
) -> Result<(), ClassifierAlreadySet> {
    CLASSIFIER.set(classifier).map_err(|_| ClassifierAlreadySet)
}

/// The process already has a classifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassifierAlreadySet;

impl fmt::Display for ClassifierAlreadySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "this process already has a classifier of failed responses: combine both in one function",
        )
    }
}

impl Error for ClassifierAlreadySet {}

/// Calls the classifier, except from within the classifier.
fn classified(failed: &FailedStatus) -> Option<FailureKind> {
    thread_local!(static IS_ASKED: Cell<bool> = const { Cell::new(false) });

    struct Asked;
    impl Drop for Asked {
        fn drop(&mut self) {
            IS_ASKED.set(false);
        }
    }

    let classifier = CLASSIFIER.get()?;
    if IS_ASKED.replace(true) {
        return None;
    }
    let _asked = Asked;
    classifier(failed)
}
